package dev.litebert.artifact;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The inode, size and times of a file: another file, or a changed one, has others; mirrors {@code
 * CheckedFiles._status} of {@code checked_files.py}.
 */
final class FileStatus {
  private final List<Object> inode;
  private final List<Object> times;
  private final long size;
  private final boolean regular;

  private FileStatus(List<Object> inode, List<Object> times, long size, boolean regular) {
    this.inode = inode;
    this.times = times;
    this.size = size;
    this.regular = regular;
  }

  /** The status of the file that a path leads to, over links; null where there is none. */
  static FileStatus of(Path path) {
    try {
      // The time of the last change of an inode shows writes that set the other time back.
      boolean unix = path.getFileSystem().supportedFileAttributeViews().contains("unix");
      if (unix) {
        Map<String, Object> found =
            Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime,ctime,isRegularFile");
        return new FileStatus(
            Arrays.asList(found.get("dev"), found.get("ino")),
            Arrays.asList(found.get("lastModifiedTime"), found.get("ctime")),
            (Long) found.get("size"),
            (Boolean) found.get("isRegularFile"));
      }
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      return new FileStatus(
          Arrays.asList(found.fileKey()),
          Arrays.<Object>asList(found.lastModifiedTime()),
          found.size(),
          found.isRegularFile());
    } catch (IOException error) {
      return null;
    }
  }

  boolean isRegular() {
    return regular;
  }

  /** Bytes. */
  long size() {
    return size;
  }

  /** Whether the other one is of the same inode, which may have been overwritten. */
  boolean isSameInode(FileStatus other) {
    return inode.equals(other.inode);
  }

  @Override
  public boolean equals(Object object) {
    if (!(object instanceof FileStatus)) {
      return false;
    }
    FileStatus other = (FileStatus) object;
    return isSameInode(other)
        && times.equals(other.times)
        && size == other.size
        && regular == other.regular;
  }

  @Override
  public int hashCode() {
    return inode.hashCode() + times.hashCode();
  }
}

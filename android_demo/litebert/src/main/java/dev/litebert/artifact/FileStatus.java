package dev.litebert.artifact;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The inode, size and time of a file: another file, or a changed one, has others; mirrors {@code
 * CheckedFiles._status} of {@code checked_files.py}.
 */
final class FileStatus {
  private final List<Object> inode;
  private final Object time;
  private final long size;

  private FileStatus(List<Object> inode, Object time, long size) {
    this.inode = inode;
    this.time = time;
    this.size = size;
  }

  /** The status of the file that a path leads to, over links; null where there is none. */
  static FileStatus of(Path path) {
    try {
      if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
        // The time of an inode's last change cannot be set back, as that of a file's content can.
        // Few attributes: this is asked behind every answer.
        Map<String, Object> found = Files.readAttributes(path, "unix:dev,ino,size,ctime");
        return new FileStatus(
            Arrays.asList(found.get("dev"), found.get("ino")),
            found.get("ctime"),
            (Long) found.get("size"));
      }
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      return new FileStatus(Arrays.asList(found.fileKey()), found.lastModifiedTime(), found.size());
    } catch (IOException error) {
      return null;
    }
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
    return isSameInode(other) && time.equals(other.time) && size == other.size;
  }

  @Override
  public int hashCode() {
    return inode.hashCode() + time.hashCode();
  }
}

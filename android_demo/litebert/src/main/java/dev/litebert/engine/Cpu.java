package dev.litebert.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** The fact about this processor on which answers depend; mirrors {@code Cpu} of machine.py. */
public final class Cpu {
  private static final Path CPUINFO = Paths.get("/proc/cpuinfo");

  private Cpu() {}

  /**
   * Whether it adds u8×s8 products in 16 bits: x86-64 without VNNI, or x86-64 of which nothing is
   * known, as outside Linux.
   */
  public static boolean int8SumsSaturate() {
    return int8SumsSaturate(System.getProperty("os.arch", ""), CPUINFO);
  }

  /** The same for an architecture and a file like {@code /proc/cpuinfo}. */
  static boolean int8SumsSaturate(String architecture, Path cpuinfo) {
    String name = architecture.toLowerCase(Locale.ROOT);
    if (!name.equals("x86_64") && !name.equals("amd64")) {
      return false;
    }
    List<String> flags = flags(cpuinfo);
    return !flags.contains("avx512_vnni") && !flags.contains("avx_vnni");
  }

  /** The words of the first core's line: Linux shows there what all cores have. */
  private static List<String> flags(Path cpuinfo) {
    try (BufferedReader lines = Files.newBufferedReader(cpuinfo, StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int colon = line.indexOf(':');
        if (colon > 0 && line.substring(0, colon).trim().equals("flags")) {
          return Arrays.asList(line.substring(colon + 1).trim().split("\\s+"));
        }
      }
    } catch (IOException error) {
      return Collections.emptyList(); // another system
    }
    return Collections.emptyList();
  }
}

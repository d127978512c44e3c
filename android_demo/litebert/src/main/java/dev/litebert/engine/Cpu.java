package dev.litebert.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The facts about this processor on which answers and their speed depend; mirrors {@code Cpu} of
 * {@code machine.py}.
 *
 * <p>Linux and Android give them in {@code /proc/cpuinfo}; elsewhere they are unknown.
 */
public final class Cpu {
  private static final Path CPUINFO = Paths.get("/proc/cpuinfo");

  private final boolean isX86;
  private final Set<String> features; // empty where unknown

  private Cpu(boolean isX86, Set<String> features) {
    this.isX86 = isX86;
    this.features = features;
  }

  /** The processor of this machine. */
  public static Cpu read() {
    return read(System.getProperty("os.arch", ""), CPUINFO);
  }

  /**
   * The processor of an architecture that a file of the kind of {@code /proc/cpuinfo} describes.
   */
  static Cpu read(String architecture, Path cpuinfo) {
    String name = architecture.toLowerCase(Locale.ROOT);
    boolean isX86 = name.equals("x86_64") || name.equals("amd64");
    return new Cpu(isX86, features(isX86 ? "flags" : "Features", cpuinfo));
  }

  /** Whether it adds u8×s8 products in 16 bits: x86-64 without VNNI, or x86-64 unknown. */
  public boolean int8SumsSaturate() {
    return isX86 && !hasVnni();
  }

  /**
   * Whether one instruction sums products of bytes; true where unknown, as on a Mac, which has it.
   */
  public boolean hasDotProducts() {
    return features.isEmpty() || (isX86 ? hasVnni() : features.contains("asimddp"));
  }

  /** Whether its instruction sets are known. */
  public boolean isKnown() {
    return !features.isEmpty();
  }

  private boolean hasVnni() {
    return features.contains("avx512_vnni") || features.contains("avx_vnni");
  }

  /** The words of the first core's line: Linux shows there what all cores have. */
  private static Set<String> features(String key, Path cpuinfo) {
    try (BufferedReader lines = Files.newBufferedReader(cpuinfo, StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int colon = line.indexOf(':');
        if (colon > 0 && line.substring(0, colon).trim().equals(key)) {
          String words = line.substring(colon + 1).trim();
          return words.isEmpty()
              ? Collections.<String>emptySet()
              : new HashSet<String>(Arrays.asList(words.split("\\s+")));
        }
      }
    } catch (IOException error) {
      return Collections.emptySet(); // another system
    }
    return Collections.emptySet();
  }
}

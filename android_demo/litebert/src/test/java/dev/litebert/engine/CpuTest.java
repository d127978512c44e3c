package dev.litebert.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuTest {
  @TempDir Path folder;

  @Test
  void vnniKeepsSumsOfBytesExact() throws IOException {
    check("amd64", "flags\t\t: fpu avx2 avx512_vnni\n", false);
    check("x86_64", "processor : 0\nflags : fpu avx_vnni\nflags : fpu\n", false);
    check("amd64", "flags\t\t: fpu avx2 avx512f\n", true);
    check("x86_64", "", true);
    assertEquals(true, Cpu.int8SumsSaturate("x86_64", folder.resolve("none")));
  }

  @Test
  void armDoesNotSaturate() throws IOException {
    check("aarch64", "Features\t: fp asimd\n", false);
  }

  private void check(String architecture, String text, boolean saturates) throws IOException {
    Path cpuinfo = Files.writeString(folder.resolve("cpuinfo"), text);
    assertEquals(saturates, Cpu.int8SumsSaturate(architecture, cpuinfo), text);
  }
}

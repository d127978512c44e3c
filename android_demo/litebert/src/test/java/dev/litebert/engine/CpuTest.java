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
    check("amd64", "flags\t\t: fpu avx2 avx512_vnni\n", false, true);
    check("x86_64", "processor : 0\nflags : fpu avx_vnni\nflags : fpu\n", false, true);
    check("amd64", "flags\t\t: fpu avx2 avx512f\n", true, false);
    check("x86_64", "", true, true);
  }

  @Test
  void armDoesNotSaturate() throws IOException {
    check("aarch64", "Features\t: fp asimd asimddp\n", false, true);
    check("aarch64", "Features\t: fp asimd\n", false, false);
    check("aarch64", "processor\t: 0\n", false, true);
  }

  @Test
  void withoutLinuxItIsUnknown() {
    Path none = folder.resolve("none");
    assertEquals(false, Cpu.read("aarch64", none).isKnown());
    assertEquals(true, Cpu.read("x86_64", none).int8SumsSaturate());
  }

  private void check(String architecture, String text, boolean saturates, boolean hasDotProducts)
      throws IOException {
    Path cpuinfo = Files.writeString(folder.resolve("cpuinfo"), text);
    Cpu cpu = Cpu.read(architecture, cpuinfo);
    assertEquals(saturates, cpu.int8SumsSaturate(), text);
    assertEquals(hasDotProducts, cpu.hasDotProducts(), text);
  }
}

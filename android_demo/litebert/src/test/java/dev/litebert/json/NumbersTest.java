package dev.litebert.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected strings are those of Python's format(value, ".6g") and format(value, ".4f"). */
class NumbersTest {
  @ParameterizedTest
  @CsvSource({
    "0.0, 0, 0.0000",
    "-0.0, -0, -0.0000",
    "1.0, 1, 1.0000",
    "0.1, 0.1, 0.1000",
    "0.3333333333333333, 0.333333, 0.3333",
    "0.6666666666666666, 0.666667, 0.6667",
    "0.0001, 0.0001, 0.0001",
    "1.5e-05, 1.5e-05, 0.0000",
    "-4e-05, -4e-05, -0.0000",
    "5e-05, 5e-05, 0.0001",
    "0.00015, 0.00015, 0.0001",
    "123456.0, 123456, 123456.0000",
    "123456.5, 123456, 123456.5000",
    "1234567.0, 1.23457e+06, 1234567.0000",
    "999999.5, 1e+06, 999999.5000",
    "1e+16, 1e+16, 10000000000000000.0000",
    "-2.5, -2.5, -2.5000",
    "0.12345, 0.12345, 0.1235",
    "0.99995, 0.99995, 1.0000",
    "1e-300, 1e-300, 0.0000",
  })
  void arePythons(double value, String general, String fixed) {
    assertEquals(general, Numbers.general(value, 6));
    assertEquals(fixed, Numbers.fixed(value, 4));
  }
}

package dev.litebert.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected are the scores that {@code Tokenizer.from_str(...).to_str()} gives for these. */
class ScoreTest {
  @ParameterizedTest
  @CsvSource({
    "-3.6329126114824972, -3.6329126114824977",
    "-9.548140423769555, -9.548140423769556",
    "-3.7259245355471307, -3.72592453554713",
    "-5.9921650886535645, -5.9921650886535645",
    "0, 0.0",
    "-0.0, -0.0",
    "-10, -10.0",
    "1e-400, 0.0",
    "18446744073709551616, 1.8446744073709552e+19",
    "18446744073709551615.5, 1.8446744073709552e+19",
    "1844674407370955161.59, 1.8446744073709553e+18",
    "-123456789012345678901234.5e-3, -1.2345678901234567e+20",
    "12.5e-330, 0.0",
    "2.5E+30, 2.5e+30",
    "0.00012345678901234567890123e-290, 1.2345678901234566e-294",
    "1.25e308, 1.25e+308",
  })
  void areTheLibrarys(String number, double expected) {
    assertEquals(expected, Score.of(number));
  }
}

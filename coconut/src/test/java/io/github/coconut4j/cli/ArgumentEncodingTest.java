package io.github.coconut4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArgumentEncodingTest {

  @Test
  void takesWhatArrivedWhole() {
    assertThat(new ArgumentEncoding("UTF-8").problem("/home/ü", "train", "日本", "", "?")).isEmpty();
  }

  @Test
  void namesTheArgumentAndTheWorkingDirectory() {
    assertThat(new ArgumentEncoding("UTF-8").problem("/home", "train", "a\uFFFD"))
        .hasValueSatisfying(
            message -> assertThat(message).contains("argument a\uFFFD", "Pass it in UTF-8"));
    assertThat(new ArgumentEncoding("ANSI_X3.4-1968").problem("/home/\uFFFD", "train"))
        .hasValueSatisfying(
            message -> assertThat(message).contains("working directory /home", "./coconut4j"));
  }
}

package io.github.coconut4j.tuning;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.tuning.candidate.InProcessTrainer;
import io.github.coconut4j.tuning.candidate.ProcessTrainer;
import io.github.coconut4j.tuning.record.SearchDirectory;
import io.github.coconut4j.tuning.runner.SearchRunner;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Null for what a program is to name or read first is rejected by the argument's name. */
class NullArgumentsTest {

  private static Arguments call(String name, ThrowingCallable call) {
    return Arguments.of(name, call);
  }

  static Stream<Arguments> calls() {
    SearchFile file =
        SearchFile.parse("test", TinySearch.yaml("{candidates: 1, space: {lr: {fixed: 0.005}}}"));
    SearchDirectory directory = new SearchDirectory(Path.of("no"));
    return Stream.of(
        call("file", () -> SearchFile.read(null)),
        call("path", () -> new SearchDirectory(null)),
        call("file", () -> Search.builder().directory(directory).build()),
        call("directory", () -> Search.builder().file(file).build()),
        call("observers", () -> new InProcessTrainer(null, null)),
        call("observers[0]", () -> new InProcessTrainer(null, Arrays.asList(null, null))),
        call("java", () -> new ProcessTrainer(null)),
        call("config", () -> new SearchRunner(null, null, null, 1)));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void nullIsRejectedByName(String name, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("must be given, but is null");
  }
}

package io.github.coconut4j.tuning;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.tuning.candidate.InProcessTrainer;
import io.github.coconut4j.tuning.candidate.ProcessTrainer;
import io.github.coconut4j.tuning.generator.GeneticGenerators;
import io.github.coconut4j.tuning.generator.GridGenerator;
import io.github.coconut4j.tuning.record.ResultFile;
import io.github.coconut4j.tuning.record.SearchDirectory;
import io.github.coconut4j.tuning.runner.SearchRunner;
import io.github.coconut4j.tuning.score.AccuracyScore;
import io.github.coconut4j.tuning.space.SpaceWriter;
import io.github.coconut4j.tuning.space.TrainingConfigSpace;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.FixedValue;
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
        call("base", () -> TrainingConfigSpace.builder().build()),
        call("parameters[0]", () -> space(null)),
        call("space", () -> SpaceWriter.write(null)),
        call("space", () -> new GridGenerator<>(null, 2, 1)),
        call("space", () -> GeneticGenerators.of(null, new AccuracyScore(), 1)),
        call("score", () -> GeneticGenerators.of(space(new FixedValue<>(1)), null, 1)),
        call("file", () -> ResultFile.open(null)),
        call("candidate", () -> ResultFile.inMemory().save(null)),
        call("config", () -> new SearchRunner(null, null, null, 1)));
  }

  private static TrainingConfigSpace space(ParameterSpace<?> space) {
    return TrainingConfigSpace.builder()
        .base(ConfigFile.parse("x", "lr: 1"))
        .parameter("c_thought", space)
        .build();
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

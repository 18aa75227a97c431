package io.github.coconut4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.AnalysisObserver;
import io.github.coconut4j.analyze.AnalysisOptions;
import io.github.coconut4j.analyze.Analyzer;
import io.github.coconut4j.analyze.TinyModels;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.latent.LatentLoops;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** No token is chosen by scores that are no numbers. */
class TokenSamplerTest {

  private static final float LOW = Float.NEGATIVE_INFINITY;

  private static void assertRefused(ThrowingCallable choice, String found) {
    assertThatThrownBy(choice)
        .isInstanceOf(NonFiniteScoreException.class)
        .hasMessageContainingAll("a score of " + found, "weights", "checkpoint");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void samplersRefuseNanWhereverItIs(int index) {
    float[] logits = {1, 3, 2, 3};
    logits[index] = Float.NaN;

    assertRefused(() -> TokenSampler.greedy().next(logits, 7), "NaN");
    assertRefused(() -> new NucleusSampler(1, 0.9, 1).next(logits, 7), "NaN");
    assertThatThrownBy(() -> TokenSampler.greedy().next(logits, 7))
        .hasMessageContaining("prompt 7");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void samplersRefuseALargestScoreThatIsInfinite(float largest) {
    float[] logits = {LOW, largest, LOW};

    assertRefused(() -> TokenSampler.greedy().next(logits, 0), Float.toString(largest));
    assertRefused(() -> new NucleusSampler(0.5, 1, 1).next(logits, 0), Double.toString(largest));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void tokensThatAreRuledOutAreNoFault(int possible) {
    float[] logits = {LOW, LOW, LOW};
    logits[possible] = -5;

    assertThat(TokenSampler.greedy().next(logits, 0)).isEqualTo(possible);
    assertThat(new NucleusSampler(1, 1, 1).next(logits, 0)).isEqualTo(possible);
  }

  @ParameterizedTest
  @EnumSource(value = LatentLoops.class, mode = Mode.EXCLUDE, names = "AUTO")
  void aModelWithoutNumbersNeitherGeneratesNorIsScored(LatentLoops loops) {
    List<ReasoningProblem> problems = TinyModels.problems(3, 4);
    List<String> questions = problems.stream().map(ReasoningProblem::getQuestion).toList();
    GenerationOptions greedy = GenerationOptions.builder().maxNewTokens(3).build();
    GenerationOptions drawn =
        GenerationOptions.builder().maxNewTokens(3).temperature(1).topP(0.9).build();
    AnalysisOptions analysis = AnalysisOptions.builder().maxNewTokens(3).build();
    try (CoconutModel model = TinyModels.phrases(Method.COCONUT, loops)) {
      model
          .getTransformer()
          .getWeights()
          .asMap()
          .forEach((name, weight) -> weight.assign(name.contains("ln_f") ? Float.NaN : 0));

      assertRefused(() -> model.generate(questions, greedy), "NaN");
      assertRefused(() -> model.generate(questions, drawn), "NaN");
      assertRefused(() -> new Evaluator(model, greedy).evaluate(problems), "NaN");
      assertRefused(
          () -> new Analyzer(model, analysis).analyze("a", problems, AnalysisObserver.NONE), "NaN");
    }
  }
}

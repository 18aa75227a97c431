package io.github.coconut4j.data.prosqa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.data.InvalidProblemException;
import io.github.coconut4j.data.PublishedProblems;
import io.github.coconut4j.data.ReasoningProblem;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ProblemAugmenterTest {

  private final ProblemAugmenter augmenter = new ProblemAugmenter(ProsQaNames.published());

  @Test
  void keepsProblemsValid() throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    for (ReasoningProblem problem : PublishedProblems.read()) {
      ReasoningProblem other = augmenter.augment(problem, random);
      assertThat(ProsQaVerifier.violations(other)).isEmpty();
      assertThat(other.getSteps()).hasSameSizeAs(problem.getSteps());
      assertThat(other.getQuestion()).isNotEqualTo(problem.getQuestion());
      assertThat(other.getGraph().orElseThrow().getEdges())
          .isEqualTo(problem.getGraph().orElseThrow().getEdges());
    }
  }

  @Test
  void givesEqualProblemsForEqualSeeds() throws IOException {
    ReasoningProblem problem = PublishedProblems.read().get(0);
    assertThat(augmenter.augment(problem, new SplittableRandom(7)))
        .isEqualTo(augmenter.augment(problem, new SplittableRandom(7)))
        .isNotEqualTo(augmenter.augment(problem, new SplittableRandom(8)));
  }

  @Test
  void saysWhatItCannotRename() throws IOException {
    ReasoningProblem problem = PublishedProblems.read().get(0);
    SplittableRandom random = new SplittableRandom(7);
    ProblemAugmenter few =
        new ProblemAugmenter(new ProsQaNames(List.of("Bob"), List.of("gorpus", "zumpus")));
    assertThatThrownBy(() -> few.augment(problem, random))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("at most 1 people and 2 concepts");
    ReasoningProblem stray = problem.toBuilder().answer("Tom is a unicorn.").build();
    assertThatThrownBy(() -> augmenter.augment(stray, random))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("found 'unicorn'");
  }
}

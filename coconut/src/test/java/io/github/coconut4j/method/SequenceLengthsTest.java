package io.github.coconut4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.SequenceSupervision;
import io.github.coconut4j.data.batch.TokenSequence;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Compares lengths computed without making a sequence with the sequences' own. */
class SequenceLengthsTest {

  private static final SpecialTokenIds TOKENS =
      SpecialTokenIds.builder().startLatent(1).endLatent(2).latent(3).pause(4).eos(0).build();

  @Property(tries = 500)
  void areThoseOfTheSequences(
      @ForAll Method method,
      @ForAll boolean pad,
      @ForAll @IntRange(max = 3) int cThought,
      @ForAll @IntRange(max = 4) int maxLatentStage,
      @ForAll @IntRange(min = 1, max = 9) int icotTokens,
      @ForAll @IntRange(max = 6) int stage,
      @ForAll @Size(max = 6) List<@IntRange(max = 5) Integer> steps) {
    ThoughtSettings settings =
        ThoughtSettings.builder()
            .method(method)
            .cThought(cThought)
            .maxLatentStage(maxLatentStage)
            .padLatentToMax(pad)
            .icotTokensPerStage(icotTokens)
            .build();
    SequenceBuilder builder = new SequenceBuilder(settings, TOKENS);
    EncodedProblem problem =
        new EncodedProblem(new int[5], steps.stream().map(int[]::new).toList(), new int[3]);

    TokenSequence sequence = builder.training(problem, stage);
    int teacher =
        Stream.ofNullable(sequence.getSupervision())
            .map(SequenceSupervision::getTeacher)
            .filter(Objects::nonNull)
            .mapToInt(TokenSequence::length)
            .sum();
    assertThat(builder.trainingLength(problem, stage))
        .isEqualTo(Math.max(sequence.length(), teacher));
    assertThat(builder.computedPositions(problem, stage))
        .isEqualTo(new SequenceBatcher(0).batch(List.of(sequence)).getFeatures(0).size(1));
    int thoughts = settings.promptThoughts(stage, steps.size());
    assertThat(builder.promptLength(5, thoughts))
        .isEqualTo(builder.prompt(problem.getQuestion(), thoughts).length());
    assertThat(builder.promptLength(5, thoughts))
        .as("a prompt as trained never outgrows its training sequence")
        .isLessThanOrEqualTo(builder.trainingLength(problem, stage));
  }

  @Property(tries = 20)
  void theChainOfICotLeavesWhateverItsPace(@ForAll @IntRange(min = 1) int stage) {
    ThoughtSettings settings =
        ThoughtSettings.builder().method(Method.ICOT).icotTokensPerStage(1_000_000_000).build();
    EncodedProblem problem = new EncodedProblem(new int[5], List.of(new int[7]), new int[3]);
    SequenceBuilder builder = new SequenceBuilder(settings, TOKENS);

    assertThat(builder.training(problem, stage).length()).isEqualTo(8);
    assertThat(builder.trainingLength(problem, stage)).isEqualTo(8);
  }
}

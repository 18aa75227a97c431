package io.github.coconut4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.data.batch.SequenceSupervision;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.LossGradients;
import io.github.coconut4j.model.latent.Objective;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Training puts a teacher into its student's row; the fixtures' other implementations computed each
 * by itself.
 */
class SharedRowTest {

  static Stream<Arguments> fixtures() {
    return Stream.of("codi-a", "codi-b", "simcot-codi-a", "pccot-a")
        .flatMap(
            name ->
                Stream.of(LatentLoops.UNROLLED, LatentLoops.FUSED)
                    .map(loop -> Arguments.of(name, loop)));
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void agreesWithTheOtherImplementation(String name, LatentLoops loop) throws IOException {
    Path directory = DamagedFixture.FIXTURES.resolve(name);
    ParityCase expected = ParityCase.read(directory);
    LatentBatch batch = batch(expected);
    assertThat(batch.sequences()).isEqualTo(expected.getInputIds().length);
    FixtureModel model = new FixtureModel(directory, expected, null, loop);
    FixtureObjective fixture = new FixtureObjective(directory, expected);
    Objective objective = fixture.objective();
    try (LatentTransformer transformer = model.transformer();
        ExpectedTensors tensors = ExpectedTensors.open(directory, FixtureOutputs.names(expected));
        LossGradients gradients = transformer.gradients(batch, objective)) {
      assertThat(gradients.getLoss()).isCloseTo(expected.getLoss(), within(1e-5));
      Map<String, INDArray> named = model.named(gradients.getGradients(), tensors.parameters());
      fixture.addUnreached(named);
      GradientErrors errors = GradientErrors.of(named, tensors);
      assertThat(errors.isPass()).as("%s %s", errors.getParameter(), errors.getError()).isTrue();
      assertThat(errors.getUnmatched()).isNull();
    }
  }

  /** As training lays the fixture's sequences out. */
  private static LatentBatch batch(ParityCase fixture) {
    ParityCase.Teacher teachers = fixture.getTeacher();
    List<TokenSequence> sequences = new ArrayList<>();
    for (int b = 0; b < fixture.getInputIds().length; b++) {
      int[] own = real(fixture.getAttentionMask()[b]);
      int[] others = real(teachers.attentionMask()[b]);
      SequenceSupervision supervision =
          SequenceSupervision.builder()
              .teacher(
                  sequence(
                      fixture,
                      chosen(teachers.inputIds()[b], others),
                      chosen(teachers.labels()[b], others)))
              .compared(fixture.getKd().studentColumns()[b] - own[0])
              .teacherCompared(fixture.getKd().teacherColumns()[b])
              .steps(fixture.getStepIds() == null ? null : List.of(fixture.getStepIds()[b]))
              .build();
      sequences.add(
          sequence(
                  fixture,
                  chosen(fixture.getInputIds()[b], own),
                  chosen(fixture.getLabels()[b], own))
              .withSupervision(supervision));
    }
    return LatentBatch.of(new SequenceBatcher(0).batch(sequences));
  }

  private static int[] real(int[] mask) {
    return IntStream.range(0, mask.length).filter(t -> mask[t] == 1).toArray();
  }

  private static int[] chosen(int[] values, int[] steps) {
    return IntStream.of(steps).map(t -> values[t]).toArray();
  }

  private static TokenSequence sequence(ParityCase fixture, int[] tokens, int[] labels) {
    boolean[] latents = new boolean[tokens.length];
    for (int i = 0; i < latents.length; i++) {
      latents[i] = fixture.isLatent(tokens[i]);
    }
    return new TokenSequence(tokens, labels, latents);
  }
}

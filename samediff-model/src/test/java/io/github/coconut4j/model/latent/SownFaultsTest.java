package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Whether the tests of the fused kernels can see. Faults are sown in everything that a kernel hands
 * over, one at a time, and those tests are run: each must fail. What was sown, and which test saw
 * it, stands in {@code target/sown-faults}; a fault that no test saw is named and fails this one.
 */
@Tag("nightly")
@ParameterizedClass
@ValueSource(strings = {"tiny-gpt2-a", "tiny-gpt2-b"})
class SownFaultsTest {

  private static final Path REPORTS = Path.of("target/sown-faults");
  private static final int PARAMETERS_PER_LAYER = 12;

  @Parameter String fixtureName;

  private final PublishedImplementationTest published = new PublishedImplementationTest();
  private final List<String> seen = new ArrayList<>();
  private final List<String> survivors = new ArrayList<>();
  private LatentTransformer unrolled;
  private LatentBatch batch;

  /** An output of an op. */
  private record Place(String name, String op, int output) {}

  private static final Place LOSS = new Place("loss", "label_cross_entropy", 0);

  /** A test of the fused kernels. */
  private record Check(String name, Runnable test) {}

  @BeforeEach
  void open() {
    published.name = fixtureName;
    published.loop = LatentLoops.FUSED;
    published.open();
    batch = Fixture.load(fixtureName).batch();
    LatentTransformer fused = published.model();
    unrolled =
        LatentTransformer.create(fused.getConfig(), fused.getWeights(), LatentLoops.UNROLLED);
  }

  @AfterEach
  void close() {
    published.close();
    unrolled.close();
  }

  private List<Check> gradientChecks() {
    return List.of(
        new Check("published implementation", published::gradientsAreThePublishedOnes),
        new Check("unrolled loop", this::agreesWithTheUnrolledLoop));
  }

  private List<Check> outputChecks() {
    return List.of(
        new Check(
            "published implementation",
            () -> {
              published.lossIsThePublishedOne();
              published.logitsOfRealPositionsAreThePublishedOnes();
              published.inputEmbeddingsAreThePublishedOnes();
            }),
        new Check("unrolled loop", this::agreesWithTheUnrolledLoop));
  }

  private void agreesWithTheUnrolledLoop() {
    LoopsAgreeTest.assertAgree(published.model(), unrolled, batch);
  }

  private List<Place> gradients() {
    List<Place> places = new ArrayList<>();
    places.add(new Place("gradient of the token embeddings", "latent_loop_bp", 0));
    List<String> parameters = Weights.names(published.model().getConfig());
    for (int i = 1; i < parameters.size(); i++) { // the token table is not the loop's
      places.add(new Place("gradient of " + parameters.get(i), "latent_loop_bp", i));
    }
    places.add(new Place("gradient of transformer.wte.weight", "table_lookup_bp", 0));
    places.add(new Place("gradient of the hidden states", "label_cross_entropy_bp", 0));
    places.add(new Place("gradient of the output embedding", "label_cross_entropy_bp", 1));
    return places;
  }

  private static List<Place> outputs() {
    return List.of(
        new Place("token embeddings", "table_lookup", 0),
        new Place("hidden states", "latent_loop", 0),
        LOSS);
  }

  @Test
  void faultsInGradientsAreSeen() throws IOException {
    passesWithoutFaults(gradientChecks());
    for (Place place : gradients()) {
      sowEach(place, gradientChecks());
    }
    for (Place place : gradients()) {
      if (place.name().contains(".h.0.")) {
        int other = place.output() + PARAMETERS_PER_LAYER;
        sow(
            "LAYERS_SWAPPED in the " + place.name(),
            place.op(),
            outputs -> swap(outputs[place.output()], outputs[other]),
            gradientChecks());
      }
    }
    noneSurvived("gradients");
  }

  @Test
  void faultsInOutputsAreSeen() throws IOException {
    passesWithoutFaults(outputChecks());
    for (Place place : outputs()) {
      sowEach(place, outputChecks());
    }
    noneSurvived("outputs");
  }

  @Test
  void faultsInDecodingAreSeen() throws IOException {
    try (LatentTransformer transformer = StepwiseDecodingTest.transformer(LatentLoops.FUSED)) {
      for (FaultyDecoder.Output output : FaultyDecoder.Output.values()) {
        for (Fault fault : Fault.values()) {
          Check check = new Check("stepwise", () -> decode(transformer, output, fault));
          (isSeen(check) ? seen : survivors).add(fault + " in the decoder's " + output);
        }
      }
    }
    noneSurvived("decoding");
  }

  private static void decode(
      LatentTransformer transformer, FaultyDecoder.Output output, Fault fault) {
    try (Decoder whole = transformer.decoder(StepwiseDecodingTest.withLatents(), 1);
        Decoder stepwise =
            new FaultyDecoder(
                transformer.decoder(StepwiseDecodingTest.QUESTIONS, 3), output, fault)) {
      StepwiseDecodingTest.assertHiddenStatesAreLatents(whole, stepwise);
    }
  }

  private static void passesWithoutFaults(List<Check> checks) {
    checks.forEach(check -> check.test().run());
  }

  private void sowEach(Place place, List<Check> checks) {
    for (Fault fault : Fault.values()) {
      if (fault == Fault.TRANSPOSED && place.equals(LOSS)) {
        continue; // a single number has no other order
      }
      sow(
          fault + " in the " + place.name(),
          place.op(),
          outputs -> fault.sow(outputs[place.output()]),
          checks);
    }
  }

  /** Every check must fail while the fault is there. */
  private void sow(String name, String op, FaultyOps.Sower fault, List<Check> checks) {
    for (Check check : checks) {
      try (FaultyOps faulty = new FaultyOps(published.model(), batch, op, fault)) {
        String outcome = name + ", " + check.name();
        (isSeen(check) ? seen : survivors).add(outcome);
        assertThat(faulty.sown()).as("sowings of " + outcome).isPositive();
      }
    }
  }

  private static boolean isSeen(Check check) {
    try {
      check.test().run();
      return false;
    } catch (AssertionError seen) {
      return true;
    }
  }

  private void noneSurvived(String subject) throws IOException {
    Files.createDirectories(REPORTS);
    List<String> lines = new ArrayList<>();
    survivors.forEach(fault -> lines.add("SURVIVED  " + fault));
    seen.forEach(fault -> lines.add("seen      " + fault));
    Files.write(REPORTS.resolve(fixtureName + "-" + subject + ".txt"), lines);
    assertThat(survivors).as("faults that no test saw").isEmpty();
    assertThat(seen).as("faults sown").isNotEmpty();
  }

  private static void swap(INDArray one, INDArray other) {
    INDArray first = one.dup();
    one.assign(other);
    other.assign(first);
  }
}

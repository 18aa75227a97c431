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
 * Checks that the tests of the fused kernels find faults. It injects faults into every output of a
 * kernel, one at a time, and runs those tests: each must fail. {@code target/injected-faults} lists
 * the faults and the tests that found them; this test fails with the names of all others.
 */
@Tag("nightly")
@ParameterizedClass
@ValueSource(strings = {"tiny-gpt2-a", "tiny-gpt2-b"})
class InjectedFaultsTest {

  private static final Path REPORTS = Path.of("target/injected-faults");
  private static final int PARAMETERS_PER_LAYER = 12;

  @Parameter String fixtureName;

  private final PublishedImplementationTest published = new PublishedImplementationTest();
  private final List<String> found = new ArrayList<>();
  private final List<String> missed = new ArrayList<>();
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
    for (int i = 1; i < parameters.size(); i++) { // the token table is no parameter of the loop
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
  void faultsInGradientsAreFound() throws IOException {
    passesWithoutFaults(gradientChecks());
    for (Place place : gradients()) {
      injectEach(place, gradientChecks());
    }
    for (Place place : gradients()) {
      if (place.name().contains(".h.0.")) {
        int other = place.output() + PARAMETERS_PER_LAYER;
        inject(
            "LAYERS_SWAPPED in the " + place.name(),
            place.op(),
            outputs -> swap(outputs[place.output()], outputs[other]),
            gradientChecks());
      }
    }
    assertAllFound("gradients");
  }

  @Test
  void faultsInOutputsAreFound() throws IOException {
    passesWithoutFaults(outputChecks());
    for (Place place : outputs()) {
      injectEach(place, outputChecks());
    }
    assertAllFound("outputs");
  }

  @Test
  void faultsInDecodingAreFound() throws IOException {
    try (LatentTransformer transformer = StepwiseDecodingTest.transformer(LatentLoops.FUSED)) {
      for (FaultyDecoder.Output output : FaultyDecoder.Output.values()) {
        for (Fault fault : Fault.values()) {
          Check check = new Check("stepwise", () -> decode(transformer, output, fault));
          (finds(check) ? found : missed).add(fault + " in the decoder's " + output);
        }
      }
    }
    assertAllFound("decoding");
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

  private void injectEach(Place place, List<Check> checks) {
    for (Fault fault : Fault.values()) {
      if (fault == Fault.TRANSPOSED && place.equals(LOSS)) {
        continue; // a single number has no other order
      }
      inject(
          fault + " in the " + place.name(),
          place.op(),
          outputs -> fault.apply(outputs[place.output()]),
          checks);
    }
  }

  /** Runs every check on the faulty op; each must fail. */
  private void inject(String name, String op, FaultyOps.Change fault, List<Check> checks) {
    for (Check check : checks) {
      try (FaultyOps faulty = new FaultyOps(published.model(), batch, op, fault)) {
        String outcome = name + ", " + check.name();
        (finds(check) ? found : missed).add(outcome);
        assertThat(faulty.runs()).as("runs of the op, " + outcome).isPositive();
      }
    }
  }

  private static boolean finds(Check check) {
    try {
      check.test().run();
      return false;
    } catch (AssertionError expected) {
      return true;
    }
  }

  private void assertAllFound(String subject) throws IOException {
    Files.createDirectories(REPORTS);
    List<String> lines = new ArrayList<>();
    missed.forEach(fault -> lines.add("MISSED  " + fault));
    found.forEach(fault -> lines.add("found   " + fault));
    Files.write(REPORTS.resolve(fixtureName + "-" + subject + ".txt"), lines);
    assertThat(missed).as("faults that no test found").isEmpty();
    assertThat(found).as("faults that were found").isNotEmpty();
  }

  private static void swap(INDArray one, INDArray other) {
    INDArray first = one.dup();
    one.assign(other);
    other.assign(first);
  }
}

package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.op.JavaOpSession;
import io.github.coconut4j.model.op.JavaOps;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Parameters that are not trained: no gradient, no memory, and the others' gradients unchanged. */
class FrozenParametersTest {

  private static final int VOCABULARY = 23;
  private static final String[] PICTURES = {"www***wl", ".ww*llll", "wlllll.."};

  @Property(tries = 10)
  void theOthersHaveTheGradientsThatTheyHadWithoutFrozenOnes(
      @ForAll("architectures") TransformerConfig config, @ForAll Random random) {
    Weights weights = Weights.initial(config, 3);
    Set<String> trained = new HashSet<>(weights.asMap().keySet());
    trained.removeIf(name -> random.nextInt(3) > 0);
    trained.add(Weights.names(config).get(random.nextInt(weights.asMap().size())));
    Weights frozen = weights.withTrained(trained);
    LatentBatch batch = Batches.of(VOCABULARY, 7, PICTURES);
    Map<String, INDArray> expected = gradients(config, weights, "nd4j", batch);
    expected.keySet().retainAll(trained);
    for (String backend : List.of("nd4j", "onednn", "plain-java")) {
      assertThat(ArrayDifference.between(gradients(config, frozen, backend, batch), expected))
          .hasSameSizeAs(trained)
          .allSatisfy(
              (name, difference) ->
                  assertThat(difference)
                      .as(backend)
                      .matches(d -> d.isWithin(1e-3 * d.getMagnitude() + 1e-6), "within 1e-3"));
    }
  }

  @Provide
  Arbitrary<TransformerConfig> architectures() {
    return Architectures.drawn(VOCABULARY);
  }

  @Provide
  Arbitrary<Random> randoms() {
    return Arbitraries.randoms();
  }

  private static Map<String, INDArray> gradients(
      TransformerConfig config, Weights weights, String backend, LatentBatch batch) {
    try (LatentTransformer model =
            LatentTransformer.create(config, weights, Backends.named(backend), Precision.FLOAT32);
        LossGradients result = model.gradients(batch)) {
      Map<String, INDArray> copies = new LinkedHashMap<>();
      result.getGradients().forEach((name, gradient) -> copies.put(name, gradient.dup()));
      return copies;
    }
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void aStepMakesNoArrayOfAFrozenParametersShape(Architecture architecture) {
    assertMakesNone(architecture, LatentLoops.FUSED);
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void anUnrolledStepMakesNoArrayOfAFrozenParametersShape(Architecture architecture) {
    assertMakesNone(architecture, LatentLoops.UNROLLED);
  }

  private static void assertMakesNone(Architecture architecture, LatentLoops loop) {
    TransformerConfig config = Architectures.of(architecture, VOCABULARY);
    Weights weights = Weights.initial(config, 3);
    List<String> finalNorm =
        weights.asMap().keySet().stream()
            .filter(name -> name.matches("(transformer\\.ln_f|model\\.norm)\\..*"))
            .toList();
    Weights frozen = weights.withTrained(finalNorm);
    Set<List<Long>> shapes = new HashSet<>();
    frozen.asMap().values().forEach(array -> shapes.add(shape(array)));
    finalNorm.forEach(name -> shapes.remove(shape(weights.get(name))));

    assertThat(made(config, weights, loop)).containsAll(shapes); // it would be seen
    assertThat(made(config, frozen, loop)).isNotEmpty().doesNotContainAnyElementsOf(shapes);
  }

  /**
   * Shapes of all arrays of real numbers that a step's ops gave, whatever became of them. The batch
   * has so many rows that none of a pass's is of a parameter's shape.
   */
  static Set<List<Long>> made(TransformerConfig config, Weights weights, LatentLoops loop) {
    Set<List<Long>> made = new HashSet<>();
    LatentBatch batch =
        Batches.of(VOCABULARY, 7, "ww**wll", ".w*wll.", "ww**lll", "ww*wwll", "wwwwlll");
    try (LatentTransformer model = LatentTransformer.create(config, weights, loop)) {
      model.gradients(batch).close(); // makes the gradients' graph
      Outputs outputs = new Outputs(made);
      SameDiff graph = model.getSameDiff(batch);
      graph.addListeners(outputs); // SameDiff asks both graphs for theirs
      JavaOpSession.gradientGraph(graph).addListeners(outputs);
      model.gradients(batch).close();
    }
    return made;
  }

  static List<Long> shape(INDArray array) {
    return Arrays.stream(array.shape()).boxed().toList();
  }

  /** Notes the shapes of what ops give. */
  private static final class Outputs extends BaseListener {

    private final Set<List<Long>> shapes;

    Outputs(Set<List<Long>> shapes) {
      this.shapes = shapes;
    }

    @Override
    public boolean isActive(Operation operation) {
      return true;
    }

    @Override
    public void opExecution(
        SameDiff graph,
        At at,
        MultiDataSet batch,
        SameDiffOp op,
        OpContext context,
        INDArray[] outputs) {
      Arrays.stream(outputs).filter(INDArray::isR).forEach(output -> shapes.add(shape(output)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nd4j", "onednn"})
  void anOptimiserMayMoveWhatIsTrainedAndOthersMayMoveTheRest(String backend) {
    TransformerConfig config = Architectures.of(Architecture.GPT2, VOCABULARY);
    LatentBatch batch = Batches.of(VOCABULARY, 7, PICTURES);
    Weights weights = Weights.initial(config, 3).withTrained(List.of("lm_head.weight"));
    Weights others = Weights.initial(config, 4);
    try (LatentTransformer model =
            LatentTransformer.create(config, weights, Backends.named(backend), Precision.FLOAT32);
        LatentTransformer other =
            LatentTransformer.create(config, others, Backends.named(backend), Precision.FLOAT32)) {
      double before = model.loss(batch);
      weights.asMap().forEach((name, array) -> array.assign(others.get(name)));
      assertThat(model.loss(batch)).isEqualTo(other.loss(batch)).isNotEqualTo(before);
    }
  }

  @Test
  void aSavedGraphIsDifferentiatedByTheTrainedParametersAlone(@TempDir Path directory) {
    TransformerConfig config = Architectures.of(Architecture.LLAMA, VOCABULARY);
    String trained = "model.layers.0.mlp.up_proj.weight";
    Weights weights = Weights.initial(config, 3).withTrained(List.of(trained));
    LatentBatch batch = Batches.of(VOCABULARY, 7, PICTURES);
    File file = directory.resolve("model.fb").toFile();
    try (LatentTransformer model = LatentTransformer.create(config, weights, LatentLoops.FUSED);
        LossGradients expected = model.gradients(batch)) {
      model.getSameDiff().save(file, false);
      JavaOps.register();
      SameDiff loaded = SameDiff.load(file, false);
      assertThat(loaded.getVariable("model.norm.weight").isConstant()).isTrue();
      INDArray gradient =
          loaded.calculateGradients(Batches.placeholders(batch), List.of(trained)).get(trained);
      assertThat(
              ArrayDifference.between(gradient, expected.getGradients().get(trained))
                  .isWithin(1e-6))
          .isTrue();
    }
  }

  @Test
  void withNothingTrainedAModelAnswersAndHasNoGradients() {
    TransformerConfig config = Architectures.of(Architecture.QWEN3, VOCABULARY);
    Weights weights = Weights.initial(config, 3).withTrained(List.of());
    LatentBatch batch = Batches.of(VOCABULARY, 7, PICTURES);
    try (LatentTransformer model = LatentTransformer.create(config, weights, LatentLoops.AUTO)) {
      assertThat(model.loss(batch)).isFinite();
      assertThatThrownBy(() -> model.gradients(batch))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("all are frozen");
    }
  }

  @Test
  void namesToTrainAreParameters() {
    Weights weights = Weights.initial(Architectures.of(Architecture.GPT2, VOCABULARY), 3);
    assertThatThrownBy(() -> weights.withTrained(List.of("transformer.h.9.ln_1.weight")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("transformer.h.9.ln_1.weight");
    assertThat(
            weights
                .withTrained(List.of("lm_head.weight"))
                .castTo(weights.get("lm_head.weight").dataType())
                .trained())
        .containsOnlyKeys("lm_head.weight");
  }

  @Test
  void aModuleIsNamedByItsPath() {
    ParameterLayout layout = ParameterLayout.of(Architectures.of(Architecture.GPT2, VOCABULARY));
    assertThat(layout.namesIn("h.1"))
        .hasSize(12)
        .allMatch(name -> name.startsWith("transformer.h.1."));
    assertThat(layout.namesIn("transformer.wte")).containsExactly("transformer.wte.weight");
    assertThat(layout.namesIn("lm_head")).containsExactly("lm_head.weight");
    assertThat(layout.namesIn("h.0.ln_1.bias")).containsExactly("transformer.h.0.ln_1.bias");
    assertThat(layout.namesIn("h.0.ln_1.")).isEqualTo(layout.namesIn("transformer.h.0.ln_1"));
    assertThat(layout.namesIn("h.0.ln")).isEmpty();
    assertThat(layout.namesIn(".")).isEmpty();
    assertThat(layout.namesIn("")).isEmpty();
  }
}

package io.github.coconut4j.model.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.latent.BatchLayout;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LoopInputs;
import io.github.coconut4j.model.latent.Visit;
import io.github.coconut4j.model.op.JavaOpSession;
import io.github.coconut4j.model.samediff.UnrolledLatentLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Time steps that several passes visit, in the unrolled graph: hidden states against plain loops,
 * gradients against the fused loop's.
 */
class UnrolledVisitsTest {

  private static final int WIDTH = 12;

  private final ReferenceTransformer model = new ReferenceTransformer(2, WIDTH, 3, 20, 1e-5, 80, 7);
  private SameDiff graph = SameDiff.create();

  static Stream<Named<BatchLayout>> batches() {
    return Stream.concat(
        DeviceLoopTest.batches().filter(batch -> batch.getPayload().visits().overlap()),
        Stream.of(
            Named.of(
                "the end twice",
                Layouts.of("ttllltyy", "ttlltyyt")
                    .withVisits(List.of(new Visit(0, 4), new Visit(2, 8), new Visit(5, 8)))),
            Named.of(
                "one latent three times",
                Layouts.of("ttltyy", "tttyty")
                    .withVisits(
                        List.of(
                            new Visit(0, 3), new Visit(2, 3), new Visit(2, 3), new Visit(2, 6)))),
            Named.of(
                "the beginning again",
                Layouts.of("ttllltyy", "ttlltyyt")
                    .withVisits(List.of(new Visit(0, 4), new Visit(0, 6), new Visit(6, 8))))));
  }

  static Stream<ThoughtMapConfig> maps() {
    return Stream.of(ThoughtMapConfig.projection(7), ThoughtMapConfig.scale(1.3));
  }

  @ParameterizedTest
  @MethodSource("maps")
  void latentsAreMappedOnEveryVisit(ThoughtMapConfig map) {
    model.with(map);
    BatchLayout layout =
        Layouts.of("tttlllty", "..tlllyy")
            .withVisits(
                List.of(new Visit(0, 6), new Visit(3, 6), new Visit(3, 6), new Visit(6, 8)));
    hiddenStatesAreTheReferences(layout);
    close();
    graph = SameDiff.create();
    gradientsAreTheFusedLoops(layout);
  }

  @AfterEach
  void close() {
    JavaOpSession.closeAll(graph);
  }

  @ParameterizedTest
  @MethodSource("batches")
  void hiddenStatesAreTheReferences(BatchLayout layout) {
    double[] inputs = LoopRun.random(2, layout.sequences() * layout.steps() * WIDTH);
    addLoop(layout, inputs);

    float[] actual = graph.output(placeholders(layout), "hidden").get("hidden").data().asFloat();

    DeviceLoopTest.assertHidden(model.hidden(layout, inputs), layout, actual);
  }

  @ParameterizedTest
  @MethodSource("batches")
  void gradientsAreTheFusedLoops(BatchLayout layout) {
    double[] inputs = LoopRun.random(2, layout.sequences() * layout.steps() * WIDTH);
    double[] factors = LoopRun.random(5, layout.queriedCount() * WIDTH);
    List<String> names = addLoop(layout, inputs);
    SDVariable weighted =
        graph
            .getVariable("hidden")
            .mul(graph.constant(LoopRun.array(factors, layout.queriedCount(), WIDTH)));
    graph.setLossVariables(weighted.sum().rename("loss").name());

    Map<String, INDArray> actual =
        graph.calculateGradients(placeholders(layout), names.toArray(String[]::new));

    List<float[]> expected = fused(layout, inputs, factors);
    for (int i = 0; i < names.size(); i++) {
      float[] values = actual.get(names.get(i)).dup('c').data().asFloat();
      assertThat(values).hasSameSizeAs(expected.get(i));
      for (int j = 0; j < values.length; j++) {
        float value = expected.get(i)[j];
        assertThat(values[j])
            .as("%s, value %d", names.get(i), j)
            .isCloseTo(value, within(2e-4f * (1 + Math.abs(value))));
      }
    }
  }

  private List<float[]> fused(BatchLayout layout, double[] inputs, double[] factors) {
    try (LoopRun run = new LoopRun(model, "onednn", 1, Precision.FLOAT32)) {
      run.forward(layout, inputs, true);
      return run.backward(layout, factors);
    }
  }

  /** Adds the loop over these embeddings; names of all that has a gradient, in the fused order. */
  private List<String> addLoop(BatchLayout layout, double[] inputs) {
    List<String> names = new ArrayList<>(List.of("embeddings"));
    SDVariable embeddings =
        graph.var("embeddings", LoopRun.array(inputs, layout.sequences(), layout.steps(), WIDTH));
    List<ParameterLayout.Parameter> parameters =
        ParameterLayout.of(model.config()).loopParameters();
    for (int i = 0; i < parameters.size(); i++) {
      graph.var(parameters.get(i).name(), model.weights().get(i));
      names.add(parameters.get(i).name());
    }
    LoopInputs all =
        new LoopInputs(
            graph,
            graph::getVariable,
            embeddings,
            placeholder("position_ids"),
            placeholder("attention_mask"),
            placeholder("latent_mask"),
            graph.placeHolder("queried", DataType.INT32, -1));
    new UnrolledLatentLoop(model.config()).states(all, layout).hidden().rename("hidden");
    return names;
  }

  private SDVariable placeholder(String name) {
    return graph.placeHolder(name, DataType.INT32, -1, -1);
  }

  private Map<String, INDArray> placeholders(BatchLayout layout) {
    LatentBatch batch = batch(layout);
    Map<String, INDArray> placeholders = new HashMap<>();
    placeholders.put("position_ids", batch.getPositionIds());
    placeholders.put("attention_mask", batch.getAttentionMask());
    placeholders.put("latent_mask", batch.getLatentMask());
    int[] queried = IntStream.range(0, layout.queriedCount()).map(layout::queried).toArray();
    placeholders.put("queried", Nd4j.createFromArray(queried));
    return placeholders;
  }

  private static LatentBatch batch(BatchLayout layout) {
    int steps = layout.steps();
    return LatentBatch.builder()
        .inputIds(array(layout, i -> 0))
        .positionIds(array(layout, i -> layout.positions().id(i / steps, i % steps)))
        .attentionMask(array(layout, i -> layout.positions().isReal(i / steps, i % steps) ? 1 : 0))
        .latentMask(array(layout, i -> layout.positions().isLatent(i / steps, i % steps) ? 1 : 0))
        .build();
  }

  private static INDArray array(BatchLayout layout, IntUnaryOperator value) {
    int positions = layout.sequences() * layout.steps();
    return Nd4j.createFromArray(IntStream.range(0, positions).map(value).toArray())
        .reshape(layout.sequences(), layout.steps());
  }
}

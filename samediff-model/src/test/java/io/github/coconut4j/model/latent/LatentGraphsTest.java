package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;

/** The unrolled loop has a graph per layout, of which a model keeps those used last. */
class LatentGraphsTest {

  private static final int VOCABULARY = 7;

  private final TransformerConfig config =
      TransformerConfig.builder()
          .vocabSize(VOCABULARY)
          .nPositions(12)
          .nEmbd(6)
          .nLayer(1)
          .nHead(2)
          .initializerRange(0.3)
          .build();

  private final LatentBatch a = Batches.of(VOCABULARY, 3, "w*ll");
  private final LatentBatch b = Batches.of(VOCABULARY, 4, "ww*ll");
  private final LatentBatch c = Batches.of(VOCABULARY, 5, "www*ll");
  private final LatentTransformer model =
      LatentTransformer.create(config, Weights.initial(config, 3), LatentLoops.UNROLLED);
  private final LatentGraphs graphs =
      new LatentGraphs(
          config,
          model.getWeights(),
          model.getBackend().latentLoop(config, Precision.FLOAT32),
          other -> model.getBackend().latentLoop(other, Precision.FLOAT32),
          2);

  @AfterEach
  void close() {
    graphs.close();
    model.close();
  }

  private LatentGraph graph(LatentBatch batch) {
    return graphs.with(batch, graph -> graph);
  }

  @Test
  void thoseUsedLastAreKept() {
    double expected = model.loss(b);
    LatentGraph ofA = graph(a);
    LatentGraph ofB = graph(b);
    assertThat(ofB.loss(b)).isEqualTo(expected);
    assertThat(graph(a)).isSameAs(ofA);

    LatentGraph ofC = graph(c);

    assertThat(graph(a)).isSameAs(ofA);
    assertThat(graph(c)).isSameAs(ofC);
    assertThatThrownBy(() -> ofB.loss(b)).isInstanceOf(IllegalStateException.class);
    assertThat((double) graphs.with(b, graph -> graph.loss(b))).isEqualTo(expected);
  }

  @Test
  void oneInUseIsNotClosed() {
    double expected = model.loss(a);
    double loss =
        graphs.with(
            a,
            graph -> {
              graph(b);
              graph(c);
              graph(b);
              return graph.loss(a);
            });
    assertThat(loss).isEqualTo(expected);
  }

  @Test
  void oneThatACallerHoldsIsNotClosed() {
    SameDiff held = graphs.held(graphs.layout(a));
    LatentGraph ofA = graph(a);
    graph(b);
    graph(c);
    graph(b);
    assertThat(graph(a)).isSameAs(ofA);
    assertThat(ofA.sameDiff()).isSameAs(held);
  }
}

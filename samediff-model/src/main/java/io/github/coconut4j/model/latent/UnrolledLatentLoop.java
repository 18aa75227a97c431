package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentColumns.PassRange;
import io.github.coconut4j.model.op.EmbeddingLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.NameScope;
import org.nd4j.autodiff.samediff.SDIndex;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The latent loop as native SameDiff operations, one transformer pass after the other: the readable
 * reference, differentiated by SameDiff, for any backend and any floating-point type.
 *
 * <p>In {@code sd.summary()} the passes are the scopes {@code latent_loop/pass_0}, {@code
 * latent_loop/pass_1} and so on.
 */
final class UnrolledLatentLoop implements LatentLoop {

  /** Name scope of all of the loop's operations. */
  static final String SCOPE = "latent_loop";

  private static final String ATTENTION_BIAS = "attention_bias";

  @Override
  public SDVariable hiddenStates(LoopInputs inputs, LatentColumns columns) {
    SDVariable attentionBias =
        inputs
            .sameDiff()
            .placeHolder(ATTENTION_BIAS, inputs.tokenEmbeddings().dataType(), -1, 1, -1, -1);
    return scoped(
        inputs.sameDiff(),
        SCOPE,
        () -> {
          SDVariable hidden = new Unrolling(inputs, attentionBias).passes(columns);
          SDVariable rows = hidden.reshape(-1, inputs.config().getNEmbd());
          return EmbeddingLookup.of(rows, inputs.cells());
        });
  }

  @Override
  public Decoder decoder(
      TransformerConfig config, Weights weights, LatentBatch prompts, int maxNewTokens) {
    return new UnrolledDecoder(new PassGraph(config, weights), config, prompts, maxNewTokens);
  }

  @Override
  public boolean dependsOnColumns() {
    return true;
  }

  @Override
  public Map<String, INDArray> ownPlaceholders(LatentBatch batch, DataType type) {
    return Map.of(ATTENTION_BIAS, AttentionBias.causal(batch, type));
  }

  private static <T> T scoped(SameDiff sameDiff, String name, Supplier<T> body) {
    NameScope scope = sameDiff.withNameScope(name);
    try {
      return body.get();
    } finally {
      scope.close();
    }
  }

  /** One loop being built. */
  private static final class Unrolling {

    private final SameDiff sameDiff;
    private final LoopInputs inputs;
    private final SDVariable attentionBias;
    private final TransformerGraph transformer;

    Unrolling(LoopInputs inputs, SDVariable attentionBias) {
      this.sameDiff = inputs.sameDiff();
      this.inputs = inputs;
      this.attentionBias = attentionBias;
      this.transformer = new TransformerGraph(sameDiff, inputs.config());
    }

    /** Hidden states of all columns [B, T, D]. */
    SDVariable passes(LatentColumns columns) {
      List<SDVariable> hidden = new ArrayList<>();
      TransformerPass previous = null;
      for (PassRange range : columns.passes()) {
        TransformerPass before = previous;
        previous = scoped(sameDiff, "pass_" + hidden.size(), () -> pass(range, before));
        hidden.add(previous.hidden());
      }
      return hidden.size() == 1
          ? hidden.get(0)
          : sameDiff.concat(1, hidden.toArray(SDVariable[]::new));
    }

    private TransformerPass pass(PassRange range, TransformerPass previous) {
      SDIndex own = SDIndex.interval(range.from(), range.to());
      SDIndex read = SDIndex.interval(0, range.to());
      return transformer.pass(
          previous == null ? words(own) : embeddings(range, previous.hidden()),
          inputs.positionIds().get(SDIndex.all(), own),
          attentionBias.get(SDIndex.all(), SDIndex.all(), own, read),
          previous == null ? List.of() : previous.keyValues());
    }

    /** Input embeddings of a pass whose first column is a latent in some rows [B, t, D]. */
    private SDVariable embeddings(PassRange range, SDVariable previousHidden) {
      SDVariable first = fedBack(range.from(), previousHidden);
      return range.isSingleColumn()
          ? first
          : sameDiff.concat(1, first, words(SDIndex.interval(range.from() + 1, range.to())));
    }

    /** The hidden state before a column where a row has a latent there, its word elsewhere. */
    private SDVariable fedBack(int column, SDVariable previousHidden) {
      SDIndex own = SDIndex.interval(column, column + 1);
      SDVariable latent =
          sameDiff.expandDims(
              inputs
                  .latentMask()
                  .get(SDIndex.all(), own)
                  .castTo(inputs.tokenEmbeddings().dataType()),
              2);
      SDVariable word = words(own);
      SDVariable before =
          previousHidden.get(SDIndex.all(), SDIndex.interval(-1, null), SDIndex.all());
      return word.add(before.sub(word).mul(latent));
    }

    private SDVariable words(SDIndex columns) {
      return inputs.tokenEmbeddings().get(SDIndex.all(), columns, SDIndex.all());
    }
  }
}

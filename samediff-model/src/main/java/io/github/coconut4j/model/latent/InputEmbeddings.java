package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import lombok.RequiredArgsConstructor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The inputs of positions without position embeddings. Shapes as in {@link LatentTransformer}. */
@RequiredArgsConstructor
final class InputEmbeddings {

  private final TransformerConfig config;
  private final Weights weights;

  /**
   * Embeddings of tokens [n, D].
   *
   * @throws IllegalArgumentException if there is no token, or one is outside the vocabulary
   */
  INDArray ofTokens(int... tokens) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException(
          "Token embeddings need at least one token, but none is given. Give the tokens' ids.");
    }
    new DecoderInputs(config, weights.type()).requireTokens(tokens, tokens.length);
    INDArray rows = Nd4j.createUninitialized(weights.type(), tokens.length, config.getNEmbd());
    for (int i = 0; i < tokens.length; i++) { // few: ND4J takes longer to gather them in parallel
      rows.getRow(i).assign(weights.tokenTable().getRow(tokens[i]));
    }
    return rows;
  }

  /**
   * Those of a batch [B, T, D].
   *
   * @param fedStates what each latent was fed, at the position before it [B * T, D]
   */
  INDArray of(LatentBatch batch, INDArray fedStates) {
    int[] ids = batch.getInputIds().reshape(-1).toIntVector();
    int[] latent = batch.getLatentMask().reshape(-1).toIntVector();
    INDArray embeddings = Nd4j.pullRows(weights.tokenTable(), 1, ids).castTo(weights.type());
    for (int position = 0; position < latent.length; position++) {
      if (latent[position] != 0) {
        embeddings.putRow(position, fedStates.getRow(position - 1));
      }
    }
    return embeddings.reshape(batch.sequences(), batch.steps(), -1);
  }
}

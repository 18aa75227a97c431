package io.github.coconut4j.model;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * The architecture of a GPT-2 transformer, with the names of Hugging Face's {@code config.json}.
 *
 * <p>Source of the architecture: Radford et al., "Language Models are Unsupervised Multitask
 * Learners" (2019); of the names: {@code transformers.GPT2Config}.
 */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonAutoDetect(getterVisibility = Visibility.NONE, fieldVisibility = Visibility.ANY)
@JsonIgnoreProperties(ignoreUnknown = true)
public class TransformerConfig {

  /** Number of tokens, at least 1. */
  int vocabSize;

  /** Rows of the position table, that is the longest sequence; at least 1. */
  int nPositions;

  /** Width of embeddings and hidden states; a multiple of {@code nHead}. */
  int nEmbd;

  /** Number of transformer blocks, at least 1. */
  int nLayer;

  /** Number of attention heads in a block, at least 1. */
  int nHead;

  /** Width of the feed-forward layer, or null for four times {@code nEmbd}. */
  Integer nInner;

  /** Added to the variance in each layer norm; above 0. */
  @Builder.Default double layerNormEpsilon = 1e-5;

  /** Standard deviation of a fresh model's matrices; at least 0. */
  @Builder.Default double initializerRange = 0.02;

  /** Token that begins a text, or null. */
  Integer bosTokenId;

  /** Token that ends a text, or null. */
  Integer eosTokenId;

  /** Activation of the feed-forward layer: GPT-2's tanh approximation of GELU. */
  @Builder.Default String activationFunction = "gelu_new";

  /** Dropout of attention probabilities in [0, 1): kept for other programs, not applied here. */
  double attnPdrop;

  /** Dropout of the embeddings in [0, 1): kept for other programs, not applied here. */
  double embdPdrop;

  /** Dropout before each residual sum in [0, 1): kept for other programs, not applied here. */
  double residPdrop;

  /** Whether the output embedding is the token embedding; must be true. */
  @Builder.Default boolean tieWordEmbeddings = true;

  /** Width of one attention head. */
  public int headSize() {
    return nEmbd / nHead;
  }

  /** Width of the feed-forward layer. */
  public int innerSize() {
    return nInner == null ? 4 * nEmbd : nInner;
  }
}

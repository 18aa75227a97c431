package io.github.coconut4j.model;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * The architecture of a GPT-2 transformer, under the names of Hugging Face's {@code config.json}.
 *
 * <p>Source of the architecture: Radford et al., "Language Models are Unsupervised Multitask
 * Learners" (2019); of the names: {@code transformers.GPT2Config}.
 *
 * <p>Building a configuration whose values are out of range throws an {@link
 * IllegalArgumentException} that names the value by its key in {@code config.json}.
 */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonAutoDetect(
    fieldVisibility = Visibility.ANY,
    getterVisibility = Visibility.NONE,
    isGetterVisibility = Visibility.NONE)
@JsonIgnoreProperties(ignoreUnknown = true)
public class TransformerConfig {

  /** GPT-2's tanh approximation of GELU has two names in Hugging Face's library. */
  private static final Set<String> ACTIVATIONS = Set.of("gelu_new", "gelu_pytorch_tanh");

  /** Number of tokens, at least 1; required. */
  int vocabSize;

  /** Rows of the position table, that is the longest sequence; at least 1; required. */
  int nPositions;

  /** Width of embeddings and hidden states; a multiple of {@code nHead}; required. */
  int nEmbd;

  /** Number of transformer blocks, at least 1; required. */
  int nLayer;

  /** Number of attention heads in a block, at least 1; required. */
  int nHead;

  /** Width of the feed-forward layer, at least 1; null for four times {@code nEmbd}. */
  Integer nInner;

  /** Added to the variance in each layer norm; above 0. */
  @Builder.Default double layerNormEpsilon = 1e-5;

  /** Standard deviation of a fresh model's matrices; at least 0. */
  @Builder.Default double initializerRange = 0.02;

  /** Token that begins a text, or null. */
  Integer bosTokenId;

  /** Tokens that end a text; empty where none is known. */
  @Builder.Default @JsonIgnore List<Integer> eosTokenIds = List.of();

  /** Token that fills rows up, or null. */
  Integer padTokenId;

  /** {@code gelu_new} or, the same function, {@code gelu_pytorch_tanh}. */
  @Builder.Default String activationFunction = "gelu_new";

  /** Dropout of attention probabilities in [0, 1]: kept for other programs, not applied here. */
  double attnPdrop;

  /** Dropout of the embeddings in [0, 1]: kept for other programs, not applied here. */
  double embdPdrop;

  /** Dropout before each residual sum in [0, 1]: kept for other programs, not applied here. */
  double residPdrop;

  /** Whether the output embedding is the token embedding; must be true. */
  @Builder.Default boolean tieWordEmbeddings = true;

  /** Builds a configuration. */
  public static class TransformerConfigBuilder {

    /** One token that ends a text, or null for none; replaces {@code eosTokenIds}. */
    public TransformerConfigBuilder eosTokenId(Integer id) {
      return eosTokenIds(id == null ? List.of() : List.of(id));
    }
  }

  /** Called by the builder, with its defaults filled in. */
  private TransformerConfig(
      int vocabSize,
      int nPositions,
      int nEmbd,
      int nLayer,
      int nHead,
      Integer nInner,
      double layerNormEpsilon,
      double initializerRange,
      Integer bosTokenId,
      List<Integer> eosTokenIds,
      Integer padTokenId,
      String activationFunction,
      double attnPdrop,
      double embdPdrop,
      double residPdrop,
      boolean tieWordEmbeddings) {
    this.vocabSize = positive("vocab_size", vocabSize);
    this.nPositions = positive("n_positions", nPositions);
    this.nEmbd = positive("n_embd", nEmbd);
    this.nLayer = positive("n_layer", nLayer);
    this.nHead = positive("n_head", nHead);
    this.nInner = nInner == null ? null : positive("n_inner", nInner);
    this.layerNormEpsilon = layerNormEpsilon;
    this.initializerRange = initializerRange;
    this.bosTokenId = bosTokenId;
    this.eosTokenIds = eosTokenIds == null ? List.of() : List.copyOf(eosTokenIds);
    this.padTokenId = padTokenId;
    this.activationFunction = activationFunction;
    this.attnPdrop = probability("attn_pdrop", attnPdrop);
    this.embdPdrop = probability("embd_pdrop", embdPdrop);
    this.residPdrop = probability("resid_pdrop", residPdrop);
    this.tieWordEmbeddings = tieWordEmbeddings;
    check();
  }

  private void check() {
    require(nEmbd <= Integer.MAX_VALUE / 4, "n_embd", "at most " + Integer.MAX_VALUE / 4, nEmbd);
    require(nEmbd % nHead == 0, "n_embd", "a multiple of n_head, " + nHead, nEmbd);
    require(
        layerNormEpsilon > 0 && Double.isFinite(layerNormEpsilon),
        "layer_norm_epsilon",
        "above 0",
        layerNormEpsilon);
    require(
        initializerRange >= 0 && Double.isFinite(initializerRange),
        "initializer_range",
        "at least 0",
        initializerRange);
    require(
        activationFunction != null && ACTIVATIONS.contains(activationFunction),
        "activation_function",
        "gelu_new or gelu_pytorch_tanh, GPT-2's own",
        activationFunction);
    require(tieWordEmbeddings, "tie_word_embeddings", "true, as in GPT-2", false);
  }

  /**
   * Reads {@code config.json}, also one written by Hugging Face's library. Keys that do not concern
   * the architecture are ignored.
   *
   * @throws ModelFormatException if the directory has no such file, if it describes another
   *     architecture than GPT-2, or if a value is missing, mistyped or out of range
   * @throws IOException if the file cannot be read
   */
  public static TransformerConfig read(Path modelDirectory) throws IOException {
    return new ConfigFile(modelDirectory).read();
  }

  /**
   * Writes {@code config.json}, from which Hugging Face's {@code GPT2LMHeadModel} makes the same
   * model.
   *
   * @throws IOException if the file cannot be written
   */
  public void write(Path modelDirectory) throws IOException {
    new ConfigFile(modelDirectory).write(this);
  }

  /** Width of one attention head. */
  public int headSize() {
    return nEmbd / nHead;
  }

  /** Width of the feed-forward layer. */
  public int innerSize() {
    return nInner == null ? 4 * nEmbd : nInner;
  }

  private static int positive(String key, int value) {
    require(value >= 1, key, "at least 1", value == 0 ? "0 or not given" : value);
    return value;
  }

  private static double probability(String key, double value) {
    require(value >= 0 && value <= 1, key, "in [0, 1]", value);
    return value;
  }

  private static void require(boolean holds, String key, String requirement, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(key + " must be " + requirement + ", but is " + value);
    }
  }
}

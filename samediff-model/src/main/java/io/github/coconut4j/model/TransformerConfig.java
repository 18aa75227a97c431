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
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * The architecture of a transformer. The names are those of Hugging Face's {@code GPT2Config}; keys
 * of other architectures' {@code config.json} are translated.
 *
 * <p>Source of the architectures: Radford et al., "Language Models are Unsupervised Multitask
 * Learners" (2019); Touvron et al., "LLaMA" (arXiv 2302.13971); {@code transformers}.
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

  /** The file's name in a model directory. */
  public static final String FILE = "config.json";

  /** Determines the layers of a block and their names in files. */
  @Builder.Default Architecture architecture = Architecture.GPT2;

  /** Number of tokens, at least 1; required. */
  int vocabSize;

  /** Number of positions, at least 1; required. See {@link #longestSequence()}. */
  int nPositions;

  /** Width of embeddings and hidden states; required. */
  int nEmbd;

  /** Number of transformer blocks, at least 1; required. */
  int nLayer;

  /** Number of attention heads per block, at least 1; required. */
  int nHead;

  /** Number of key and value heads, a divisor of {@code nHead}; null for {@code nHead}. */
  Integer nKvHead;

  /** Width of a head; null for {@code nEmbd / nHead}, which must be whole. */
  Integer headDim;

  /** Width of the feed-forward layer, at least 1; null for four times {@code nEmbd}. */
  Integer nInner;

  /** Epsilon of each norm, added to the variance or mean square; above 0. */
  @Builder.Default double layerNormEpsilon = 1e-5;

  /** Standard deviation of a new model's matrices; at least 0. */
  @Builder.Default double initializerRange = 0.02;

  /** Token that begins a text, or null. */
  Integer bosTokenId;

  /** Tokens that end a text; empty if none is known. */
  @Builder.Default @JsonIgnore List<Integer> eosTokenIds = List.of();

  /** Padding token, or null. */
  Integer padTokenId;

  /** Activation of the feed-forward layer. */
  @Builder.Default Activation activationFunction = Activation.GELU_NEW;

  /** Rotary positions; null for a table of positions, as in GPT-2, or {@code noPositions}. */
  RotaryPositions rotary;

  /** GPT-2 only: whether there is no position encoding, only causal attention. */
  boolean noPositions;

  /**
   * Largest number of keys that a query attends to, its own included; null for all earlier ones.
   */
  Integer slidingWindow;

  /** Whether attention's projections have biases, if the architecture leaves it open. */
  boolean attentionBias;

  /**
   * Whether the feed-forward layer's projections have biases, if the architecture leaves it open.
   */
  boolean mlpBias;

  /** GPT-2 only: whether scores are divided by the square root of a head's width. */
  @Builder.Default boolean scaleAttnWeights = true;

  /** GPT-2 only: whether scores are also divided by the layer's number, from 1. */
  boolean scaleAttnByInverseLayerIdx;

  /** GPT-2 only: how Hugging Face's library computes scores; the result is the same. */
  boolean reorderAndUpcastAttn;

  /** Dropout rate of attention probabilities in training, in [0, 1). */
  double attnPdrop;

  /** GPT-2 only: dropout rate of the embeddings in training, in [0, 1). */
  double embdPdrop;

  /** GPT-2 only: dropout rate before each residual sum in training, in [0, 1). */
  double residPdrop;

  /** Whether the output embedding is tied to the token embedding. */
  @Builder.Default boolean tieWordEmbeddings = true;

  /** Low-rank adapters of the linear layers, or null; not in {@code config.json}. */
  LoraConfig lora;

  /**
   * How often latents are refined in parallel, or 0 for one after another; not in {@code
   * config.json}.
   */
  int latentIterations;

  /**
   * Number of last latents of a sequence that gradients flow through; inputs of earlier ones count
   * as constants. Null for all; not in {@code config.json}.
   */
  Integer latentBackprop;

  /** Map from hidden states to the inputs of latents; not in {@code config.json}. */
  @Builder.Default ThoughtMapConfig thoughtMap = ThoughtMapConfig.IDENTITY;

  /** Builds a configuration. */
  public static class TransformerConfigBuilder {

    /** One token that ends a text, or null for none; replaces {@code eosTokenIds}. */
    public TransformerConfigBuilder eosTokenId(Integer id) {
      return eosTokenIds(id == null ? List.of() : List.of(id));
    }
  }

  /** Called by the builder with defaults filled in; checks the ranges. */
  private TransformerConfig(
      Architecture architecture,
      int vocabSize,
      int nPositions,
      int nEmbd,
      int nLayer,
      int nHead,
      Integer nKvHead,
      Integer headDim,
      Integer nInner,
      double layerNormEpsilon,
      double initializerRange,
      Integer bosTokenId,
      List<Integer> eosTokenIds,
      Integer padTokenId,
      Activation activationFunction,
      RotaryPositions rotary,
      boolean noPositions,
      Integer slidingWindow,
      boolean attentionBias,
      boolean mlpBias,
      boolean scaleAttnWeights,
      boolean scaleAttnByInverseLayerIdx,
      boolean reorderAndUpcastAttn,
      double attnPdrop,
      double embdPdrop,
      double residPdrop,
      boolean tieWordEmbeddings,
      LoraConfig lora,
      int latentIterations,
      Integer latentBackprop,
      ThoughtMapConfig thoughtMap) {
    this.architecture = architecture == null ? Architecture.GPT2 : architecture;
    this.vocabSize = vocabSize;
    this.nPositions = nPositions;
    this.nEmbd = nEmbd;
    this.nLayer = nLayer;
    this.nHead = nHead;
    this.nKvHead = nKvHead;
    this.headDim = headDim;
    this.nInner = nInner;
    this.layerNormEpsilon = layerNormEpsilon;
    this.initializerRange = initializerRange;
    this.bosTokenId = bosTokenId;
    this.eosTokenIds = eosTokenIds == null ? List.of() : List.copyOf(eosTokenIds);
    this.padTokenId = padTokenId;
    this.activationFunction = activationFunction;
    this.rotary = rotary;
    this.noPositions = noPositions;
    this.slidingWindow = slidingWindow;
    this.attentionBias = attentionBias;
    this.mlpBias = mlpBias;
    this.scaleAttnWeights = scaleAttnWeights;
    this.scaleAttnByInverseLayerIdx = scaleAttnByInverseLayerIdx;
    this.reorderAndUpcastAttn = reorderAndUpcastAttn;
    this.attnPdrop = attnPdrop;
    this.embdPdrop = embdPdrop;
    this.residPdrop = residPdrop;
    this.tieWordEmbeddings = tieWordEmbeddings;
    this.lora = lora;
    this.latentIterations = latentIterations;
    this.latentBackprop = latentBackprop;
    this.thoughtMap = thoughtMap == null ? ThoughtMapConfig.IDENTITY : thoughtMap;
    new TransformerConfigCheck(this).run();
  }

  /**
   * Reads {@code config.json} as Hugging Face's library writes it. Keys that do not concern the
   * architecture are ignored.
   *
   * @throws ModelFormatException if the directory has no such file, if it describes an unsupported
   *     architecture, or if a value is missing, mistyped or out of range
   * @throws IOException if the file cannot be read
   */
  public static TransformerConfig read(Path modelDirectory) throws IOException {
    return new ConfigJson(modelDirectory).read();
  }

  /**
   * Writes {@code config.json}, from which Hugging Face's library builds the same model.
   *
   * @throws IOException if the file cannot be written
   */
  public void write(Path modelDirectory) throws IOException {
    new ConfigJson(modelDirectory).write(this);
  }

  /** Width of one attention head. */
  public int headSize() {
    return headDim == null ? nEmbd / nHead : headDim;
  }

  /** Number of heads of keys and values. */
  public int keyValueHeads() {
    return nKvHead == null ? nHead : nKvHead;
  }

  /** Width of all heads' queries together. */
  public int queryWidth() {
    return nHead * headSize();
  }

  /** Width of all heads' keys, or values, together. */
  public int keyValueWidth() {
    return keyValueHeads() * headSize();
  }

  /** Width of the feed-forward layer. */
  public int innerSize() {
    return nInner == null ? 4 * nEmbd : nInner;
  }

  /** Whether blocks are Llama's: RMS norms, rotary positions, gates and separate projections. */
  public boolean isLlamaFamily() {
    return architecture != Architecture.GPT2;
  }

  /** Whether position embeddings from a table are added to the input of the first block. */
  public boolean hasPositionTable() {
    return architecture == Architecture.GPT2 && rotary == null && !noPositions;
  }

  /** Whether each head's queries and keys have a norm, as in Qwen3. */
  public boolean hasHeadNorms() {
    return architecture == Architecture.QWEN3;
  }

  /** Factor of a layer's attention scores, queries times keys. */
  public double attentionScale(int layer) {
    double scale = scaleAttnWeights ? 1 / Math.sqrt(headSize()) : 1;
    return scaleAttnByInverseLayerIdx ? scale / (layer + 1) : scale;
  }

  /**
   * The longest sequence: the number of positions, or the sliding window if that is shorter, since
   * attention here always covers all earlier time steps.
   */
  public int longestSequence() {
    return slidingWindow == null ? nPositions : Math.min(nPositions, slidingWindow);
  }

  /**
   * The longest sequence and the key that limits it, for example {@code 1024 positions
   * (n_positions)}.
   */
  public String sequenceBound() {
    String key = longestSequence() < nPositions ? "sliding_window" : key("n_positions");
    return longestSequence() + " positions (" + key + ")";
  }

  /** The key of an internal name in this architecture's {@code config.json}. */
  String key(String internal) {
    return architecture.family().key(internal);
  }
}

package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.internal.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lombok.Getter;
import lombok.extern.slf4j.Slf4j;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A transformer whose latent positions take the previous hidden state, or a map of it, as their
 * input (Coconut, arXiv 2412.06769).
 *
 * <p>Several threads may use it. At most as many as there are processors run at once; others wait.
 * Every method that computes throws an {@link IllegalStateException} after {@link #close()}, or if
 * a weight or an array of its batch was closed, and an {@link IllegalArgumentException} if an
 * argument is null.
 *
 * <p>Shapes: B sequences, T time steps, D width, V vocabulary.
 */
@Slf4j
public final class LatentTransformer implements AutoCloseable {

  /** Architecture of the transformer. */
  @Getter private final TransformerConfig config;

  private final Weights weights;

  /** The backend that computes the model. */
  @Getter private final Backend backend;

  private final Precision precision;
  private final Precision decoding;
  private final LatentLoop loop;
  private final LatentGraphs graphs;

  private LatentTransformer(
      TransformerConfig config,
      Weights weights,
      Backend backend,
      Precision precision,
      Precision decoding) {
    this.config = config;
    this.weights = weights;
    this.backend = backend;
    this.precision = precision;
    this.decoding = decoding;
    this.loop = backend.latentLoop(config, precision);
    graphs =
        new LatentGraphs(
            config,
            weights,
            loop,
            other -> backend.latentLoop(other, precision),
            LatentGraphs.MOST);
  }

  /**
   * Makes a model that uses these weights.
   *
   * @param weights shared, not copied; except BFLOAT16 weights if the backend does not read them
   * @param loops which latent loop runs it
   * @throws IllegalArgumentException as {@link #create(TransformerConfig, Weights, Backend,
   *     Precision)}
   * @throws IllegalStateException if a weight was closed
   */
  public static LatentTransformer create(
      TransformerConfig config, Weights weights, LatentLoops loops) {
    return create(config, weights, loops, Precision.FLOAT32);
  }

  /**
   * Makes a model that uses these weights.
   *
   * @param weights shared, not copied
   * @param loops which latent loop runs it
   * @param precision of the linear layers in {@link #loss} and {@link #gradients}, and in the
   *     methods that compute all positions; a {@link #decoder} computes in float32
   * @throws IllegalArgumentException as {@link #create(TransformerConfig, Weights, Backend,
   *     Precision)}
   * @throws IllegalStateException if a weight was closed
   */
  public static LatentTransformer create(
      TransformerConfig config, Weights weights, LatentLoops loops, Precision precision) {
    Arguments.requireNonNull(loops, "loops", "Choose a latent loop, such as LatentLoops.AUTO.");
    return create(config, weights, loops.backend(), precision);
  }

  /**
   * Makes a model that uses these weights.
   *
   * @param backend the backend that computes the model
   * @param precision of all but a {@link #decoder}, which computes in float32
   * @throws IllegalArgumentException as {@link #create(TransformerConfig, Weights, Backend,
   *     Precision, Precision)}
   * @throws IllegalStateException if a weight was closed
   */
  public static LatentTransformer create(
      TransformerConfig config, Weights weights, Backend backend, Precision precision) {
    return create(config, weights, backend, precision, Precision.FLOAT32);
  }

  /**
   * Makes a model that uses these weights.
   *
   * @param backend the backend that computes the model
   * @param precision of the linear layers in {@link #loss} and {@link #gradients}, and in the
   *     methods that compute all positions
   * @param decoding precision of the linear layers in a {@link #decoder}. BF16 is faster with
   *     weights in BFLOAT16, which it reads as they are; hidden states and logits are those of
   *     float32 to about two decimal digits
   * @throws IllegalArgumentException if an argument is null, the backend lacks a precision, or the
   *     weights are not of the shapes that {@code config} gives them and of one floating-point type
   * @throws IllegalStateException if a weight was closed
   */
  public static LatentTransformer create(
      TransformerConfig config,
      Weights weights,
      Backend backend,
      Precision precision,
      Precision decoding) {
    Arguments.requireNonNull(config, "config", "Read or build the model's TransformerConfig.");
    Arguments.requireNonNull(weights, "weights", "Read or draw the model's Weights.");
    Arguments.requireNonNull(backend, "backend", "Take one of Backends.");
    Arguments.requireNonNull(precision, "precision", "Choose one, such as Precision.FLOAT32.");
    backend.requireSupport(decoding);
    weights.requireOpen();
    weights.requireShapes(config);
    weights.requireOneType();
    return new LatentTransformer(config, readable(weights, backend), backend, precision, decoding);
  }

  /** Weights in types that the backend reads. */
  private static Weights readable(Weights weights, Backend backend) {
    if (backend.readsBfloat16() || !weights.hasBfloat16()) {
      return weights;
    }
    log.warn(
        "The backend {} computes with weights in float32: those in bfloat16 are widened and take"
            + " twice the memory. The fused loop on a processor reads them as they are.",
        backend.name());
    return weights.widened();
  }

  /**
   * The live parameters; an optimiser updates the trained ones in place. BFLOAT16 parameters are
   * FLOAT copies if the backend does not read BFLOAT16. During training on a GPU the newest values
   * are in its memory, and this call copies them to the host.
   */
  public Weights getWeights() {
    backend.deviceArrays().toHost(weights.asMap().values());
    return weights;
  }

  /** Whether a fused loop runs this model, not the unrolled one. */
  public boolean isFused() {
    return backend.isFused();
  }

  /**
   * The SameDiff graph that runs batches without latents, with the cross-entropy; {@code summary()}
   * describes it. With the fused loop it is the graph of every batch.
   */
  public SameDiff getSameDiff() {
    return graphs.held(BatchLayout.withoutLatents());
  }

  /**
   * The SameDiff graph that runs a batch like this one, with the cross-entropy. It is kept until
   * the model is closed, whereas of other graphs of an unrolled loop only those used last are.
   *
   * @throws IllegalArgumentException if the batch's latents are misplaced
   */
  public SameDiff getSameDiff(LatentBatch batch) {
    return graphs.held(graphs.layout(batch));
  }

  /**
   * Sets SameDiff listeners that are notified of every operation of a graph's runs: those active in
   * training for {@link #gradients}, those active in inference for everything else. To them each
   * run is a separate operation, with iteration 0 and without its batch. They replace earlier
   * listeners. Do not call this while another thread runs the model.
   */
  public void setListeners(List<Listener> listeners) {
    Arguments.requireNonNull(listeners, "listeners", "Give an empty list for none.");
    graphs.setListeners(listeners);
  }

  /**
   * Mean cross-entropy of a batch over its labelled tokens, in nats.
   *
   * @throws IllegalArgumentException if no token is labelled, a token or position id is outside its
   *     table, or latents are misplaced
   */
  public double loss(LatentBatch batch) {
    return loss(batch, Objective.CROSS_ENTROPY);
  }

  /**
   * An objective's loss on a batch.
   *
   * @throws IllegalArgumentException as {@link #loss(LatentBatch)}
   */
  public double loss(LatentBatch batch, Objective objective) {
    return graphs.with(batch, objective, false, graph -> graph.loss(batch));
  }

  /**
   * The loss as {@link #loss(LatentBatch)} and its gradient with respect to each trained parameter.
   *
   * @throws IllegalArgumentException as {@link #loss(LatentBatch)}
   * @throws IllegalStateException if no parameter is trained
   */
  public LossGradients gradients(LatentBatch batch) {
    return gradients(batch, Objective.CROSS_ENTROPY);
  }

  /**
   * An objective's loss and its gradient with respect to each trained parameter ({@link
   * Weights#trained()}). The others cost no computation and no memory.
   *
   * @throws IllegalArgumentException as {@link #loss(LatentBatch)}
   * @throws IllegalStateException if no parameter is trained
   */
  public LossGradients gradients(LatentBatch batch, Objective objective) {
    return gradients(batch, objective, new Dropout(DropoutRates.NONE, 0, 0));
  }

  /**
   * As {@link #gradients(LatentBatch, Objective)}, with dropout. All other methods compute without
   * dropout.
   *
   * @throws IllegalArgumentException as {@link #loss(LatentBatch)}
   * @throws IllegalStateException if no parameter is trained
   */
  public LossGradients gradients(LatentBatch batch, Objective objective, Dropout dropout) {
    Arguments.requireNonNull(dropout, "dropout", "Leave it out for none.");
    LatentGraphs.requireObjective(objective);
    weights.requireTrainable();
    List<String> parameters = new ArrayList<>(weights.trained().keySet());
    parameters.addAll(objective.parameters().keySet());
    if (parameters.isEmpty()) {
      throw new IllegalStateException(
          "A model must have a parameter that is trained to have gradients, but all are frozen."
              + " Name those to train with Weights.withTrained.");
    }
    Dropout applied = dropout.rates().isNone() ? null : dropout;
    return graphs.with(
        batch,
        objective,
        applied != null,
        graph -> graph.lossAndGradients(batch, applied, parameters));
  }

  /**
   * The gradient of an objective's loss with respect to the input embeddings, including the inputs
   * of latents. It is taken through everything that follows, later latents too. If latents are
   * refined in parallel, it is summed over their inputs in all passes. Computed without dropout.
   *
   * @return [B, T, D]
   * @throws IllegalArgumentException as {@link #loss(LatentBatch)}
   */
  public INDArray inputGradients(LatentBatch batch, Objective objective) {
    return graphs.with(
        graphs.layout(batch).withFedGradients(),
        objective,
        false,
        graph -> graph.inputGradients(batch));
  }

  /** Logits at every position, padding included, [B, T, V]. */
  public INDArray logits(LatentBatch batch) {
    INDArray logits = graphs.with(batch, graph -> graph.logits(batch));
    return logits.reshape(batch.sequences(), batch.steps(), -1);
  }

  /** Final hidden states at every position, padding included, [B, T, D]. */
  public INDArray hiddenStates(LatentBatch batch) {
    INDArray hidden = graphs.with(batch, graph -> graph.hiddenStates(batch));
    return hidden.reshape(batch.sequences(), batch.steps(), -1);
  }

  /**
   * Hidden states of every layer at some positions: the input of each block (of the first, with the
   * position embedding), then the final hidden states.
   *
   * @param positions b · T + t, ascending, at least one
   * @return [L + 1, m, D]
   * @throws IllegalArgumentException if there are no positions or they do not ascend within the
   *     batch
   */
  public INDArray layerStates(LatentBatch batch, int... positions) {
    LayerStates.requirePositions(batch, positions);
    INDArray[] states =
        graphs.with(
            batch, LayerStates.OBJECTIVE, false, graph -> graph.layerStates(batch, positions));
    INDArray last = states[1].reshape(1, positions.length, config.getNEmbd());
    return Nd4j.concat(0, states[0], last);
  }

  /**
   * Embeddings of tokens, without positions.
   *
   * @return a copy [n, D]
   * @throws IllegalArgumentException if there is no token, or one is outside the vocabulary
   */
  public INDArray tokenEmbeddings(int... tokens) {
    graphs.requireUsable();
    Arguments.requireNonNull(tokens, "tokens", "Give the ids, at least one.");
    return inputEmbeddings().ofTokens(tokens);
  }

  /** The host reads the token table, whose newest values may be on the device. */
  private InputEmbeddings inputEmbeddings() {
    backend.deviceArrays().toHost(List.of(weights.tokenTable()));
    return new InputEmbeddings(config, weights);
  }

  /**
   * Input embeddings before positions are added: those of tokens, and the inputs of latents, [B, T,
   * D].
   */
  public INDArray inputEmbeddings(LatentBatch batch) {
    INDArray fed = fedStates(batch);
    return inputEmbeddings().of(batch, fed);
  }

  /** The inputs of the latents in the last pass, each at the position before its own [B * T, D]. */
  private INDArray fedStates(LatentBatch batch) {
    int iterations = config.getLatentIterations();
    if (iterations == 0) {
      return graphs.with(batch, graph -> graph.latents(batch)); // each latent has one pass
    }
    graphs.requireUsable();
    BatchLayout.of(batch); // rejects misplaced latents, also if they are left out below
    TransformerConfig before = config.toBuilder().latentIterations(iterations - 1).build();
    LatentBatch known = iterations == 1 ? batch.withoutLatents() : batch;
    try (LatentTransformer oneLess = create(before, weights, backend, precision, decoding)) {
      return oneLess.graphs.with(known, graph -> graph.latents(known));
    }
  }

  /**
   * Reads a batch of prompts, including their latents, and returns a decoder that continues them.
   *
   * @param maxNewTokens how many times {@link Decoder#advance} may be called, at least 0
   * @throws IllegalArgumentException if a token or position id is outside its table, latents are
   *     misplaced, a sequence is only padding, or a sequence with its new tokens exceeds the
   *     position table
   */
  public Decoder decoder(LatentBatch prompts, int maxNewTokens) {
    return decoder(prompts, maxNewTokens, 0);
  }

  /**
   * The same, with room for positions that single sequences take back.
   *
   * @param maxTakenBack how many times {@link Decoder#rewind(DecoderMark, int[])} may be called for
   *     each sequence, at least 0; positions that are taken back do not count as new tokens of
   *     their sequence
   * @throws IllegalArgumentException as {@link #decoder(LatentBatch, int)}
   */
  public Decoder decoder(LatentBatch prompts, int maxNewTokens, int maxTakenBack) {
    return decoder(decoder -> decoder.join(prompts, maxNewTokens), maxTakenBack);
  }

  /**
   * Reads a batch of prompts that take different numbers of new tokens.
   *
   * @param maxNewTokens how many times {@link Decoder#advance} may be called for each prompt, at
   *     least 0
   * @throws IllegalArgumentException as {@link #decoder(LatentBatch, int)}, or if the numbers are
   *     not one per prompt
   */
  public Decoder decoder(LatentBatch prompts, int[] maxNewTokens) {
    return decoder(prompts, maxNewTokens, 0);
  }

  /**
   * Reads a batch of prompts that take different numbers of new tokens, with room for positions
   * that single sequences take back.
   *
   * @param maxNewTokens as for {@link #decoder(LatentBatch, int[])}
   * @param maxTakenBack as for {@link #decoder(LatentBatch, int, int)}
   * @throws IllegalArgumentException as {@link #decoder(LatentBatch, int[])}
   */
  public Decoder decoder(LatentBatch prompts, int[] maxNewTokens, int maxTakenBack) {
    return decoder(decoder -> decoder.join(prompts, maxNewTokens), maxTakenBack);
  }

  private Decoder decoder(Consumer<Decoder> read, int maxTakenBack) {
    graphs.requireUsable();
    DecoderInputs.requireSpare(maxTakenBack);
    DecoderInputs inputs = new DecoderInputs(config, weights.type());
    CheckedDecoder decoder =
        new CheckedDecoder(inputs, weights, loop.decoding(weights, decoding), maxTakenBack);
    try {
      read.accept(decoder);
      return decoder;
    } catch (RuntimeException | Error e) {
      decoder.close();
      throw e;
    }
  }

  /**
   * Frees all native memory except the weights, which the caller owns. It waits for calls of other
   * threads to end. Open decoders stay usable and free their memory when they are closed.
   */
  @Override
  public void close() {
    graphs.close();
  }
}

package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutSite;
import io.github.coconut4j.model.latent.Positions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lombok.Getter;
import lombok.experimental.Accessors;

/**
 * Runs the passes and layers of one worker's sequences, forward and backward: the latent loop
 * itself. Its buffers grow with the batches and are then reused. Runs on one thread at a time.
 */
@Accessors(fluent = true)
final class WorkerLoop implements AutoCloseable {

  private static final int[] NONE = {};

  private final LayerOperations operations;

  /** Number of last latents of a sequence that gradients flow through, or null for all. */
  private final Integer latentBackprop;

  private final Workspace workspace;
  private final List<Attention> attentions = new ArrayList<>();

  /** The blocks, each with its own activations for the backward pass. */
  @Getter private final List<TransformerBlock> blocks = new ArrayList<>();

  /** One block used for all layers, one pass at a time, if no backward pass follows. */
  private final TransformerBlock shared;

  /** The norm after the last block, with that block's output and the final hidden states. */
  private final FinalNorm finalNorm;

  /** The map from hidden states to the inputs of latents. */
  @Getter private final ThoughtMap thoughtMap;

  @Getter private WorkerLayout layout;
  private WorkerDropout dropout;
  private boolean training;

  WorkerLoop(TransformerConfig config, LayerOperations operations) {
    this.operations = operations;
    latentBackprop = config.getLatentBackprop();
    workspace = new Workspace(config, operations);
    shared = new TransformerBlock(config, operations, workspace, false);
    for (int layer = 0; layer < config.getNLayer(); layer++) {
      attentions.add(operations.attention(AttentionShape.of(config, layer)));
      blocks.add(new TransformerBlock(config, operations, workspace, true));
    }
    finalNorm = new FinalNorm(config, operations);
    thoughtMap = ThoughtMap.of(config, operations);
  }

  /** Makes room for a batch whose backward pass follows: every layer stores its activations. */
  void prepareTraining(WorkerLayout batch) {
    start(batch, true);
    for (int layer = 0; layer < blocks.size(); layer++) {
      attentions.get(layer).start(batch.batch().sequences(), batch.batch().steps(), true);
      boolean queriedOnly = queriedOnly(layer);
      long outputs = batch.queries(queriedOnly);
      blocks.get(layer).reserve(batch.rows(), outputs, queriedOnly ? outputs : 0, queriedOnly);
    }
    thoughtMap.reserve(batch.fed());
    finalNorm.reserve(layout.queries(queriedOnly(lastLayer())));
  }

  /**
   * Makes room for a batch without a backward pass: the layers share one pass's activations and
   * store only their keys and values.
   *
   * @param capacity number of time steps that keys and values need room for
   */
  void prepareInference(WorkerLayout batch, int capacity) {
    start(batch, false);
    attentions.forEach(attention -> attention.start(batch.batch().sequences(), capacity, false));
    reservePass();
  }

  /** Continues with further time steps of the same sequences after {@link #prepareInference}. */
  void continueWith(WorkerLayout batch) {
    start(batch, false);
    reservePass();
  }

  private void start(WorkerLayout batch, boolean keepsActivations) {
    operations.start(batch);
    layout = batch;
    dropout = new WorkerDropout(null, batch);
    training = keepsActivations;
  }

  /**
   * Sets the dropout of the batch that room was made for.
   *
   * @param chosen dropout of the worker's sequences, or null for none
   */
  void drop(Dropout chosen) {
    dropout = new WorkerDropout(chosen, layout);
  }

  private void reservePass() {
    long rows = layout.largestPass();
    shared.reserve(rows, rows, layout.largestQueried(), false);
    thoughtMap.reserve(layout.largestFed());
    finalNorm.reserve(layout.queries(queriedOnly(lastLayer())));
  }

  private int lastLayer() {
    return blocks.size() - 1;
  }

  /** Whether a layer computes its queries, and all that follows them, only at queried positions. */
  private boolean queriedOnly(int layer) {
    return layer == lastLayer() && !layout.queriesEveryPosition();
  }

  /**
   * Runs all passes.
   *
   * @param tokens embeddings [B · T, d] of the time steps that are visited
   * @param hiddenOut [n, d], overwritten with the hidden states of the layout's queried positions
   * @param layerStates the input of each block at the probed positions, [m, d] for each layer,
   *     overwritten; empty if there are none
   */
  void forward(Matrix tokens, Parameters parameters, Matrix hiddenOut, List<Matrix> layerStates) {
    for (Pass pass : layout.passes()) {
      Matrix input = block(0, pass).input().rows(pass.firstRow(), pass.rows());
      InputEmbedding.forward(
          operations, pass, tokens, latents(pass, parameters), parameters, input);
      dropEmbedding(pass, input);
      int[] probed = layout.probedOn(pass);
      int[] probedRows = layout.rowsOn(pass, probed);
      for (int layer = 0; layer < blocks.size(); layer++) {
        TransformerBlock block = block(layer, pass);
        if (probed.length > 0) {
          Matrix x = block.input().rows(pass.firstRow(), pass.rows());
          operations.copyRows(x, probedRows, layerStates.get(layer), probed);
        }
        block.forward(
            pass, attentions.get(layer), parameters.ofLayer(layer), dropout, output(layer));
      }
      finalNorm.forward(pass, queriedOnly(lastLayer()), parameters);
    }
    operations.copyRows(finalNorm.hidden(), layout.resultQueries(), hiddenOut, null);
  }

  private ThoughtMap.Latents latents(Pass pass, Parameters parameters) {
    if (!training) {
      thoughtMap.startAt(pass.firstFed());
    }
    return thoughtMap.forward(pass, finalNorm.hidden(), parameters);
  }

  /** Applies dropout to the first block's input, or to its gradient. */
  private void dropEmbedding(Pass pass, Matrix x) {
    MaskedRows rows = dropout.of(DropoutSite.EMBEDDING, 0, pass, false);
    if (rows != null) {
      operations.dropout(rows, x, null, x);
    }
  }

  /** The block of a layer in a pass, or the shared one. */
  private TransformerBlock block(int layer, Pass pass) {
    if (training) {
      return blocks.get(layer);
    }
    shared.startAt(pass, queriedOnly(layer));
    return shared;
  }

  /** The buffer for a block's output: the next block's input, or the last block's output. */
  private RowBuffer output(int layer) {
    if (layer == lastLayer()) {
      return finalNorm.input();
    }
    return training ? blocks.get(layer + 1).input() : shared.input();
  }

  /**
   * Runs all passes backward, from the gradients of the hidden states that {@link #forward}
   * returned.
   *
   * @param layerGradients gradients of the layer states, [m, d] for each layer; empty if there are
   *     none
   * @param tokenGradients [B · T, d], overwritten; 0 where hidden states were fed
   */
  void backward(
      Matrix hiddenGradients,
      List<Matrix> layerGradients,
      Parameters parameters,
      Matrix tokenGradients) {
    startBackward(hiddenGradients);
    boolean revisits = layout.batch().visits().overlap();
    if (revisits) {
      operations.clear(tokenGradients);
    }
    for (int i = layout.passes().size() - 1; i >= 0; i--) {
      Pass pass = layout.passes().get(i);
      backward(pass, parameters, layerGradients);
      dropEmbedding(pass, inputGradient(pass));
      thoughtMap.backward(
          pass, constantLatents(pass), inputGradient(pass), parameters, finalNorm.hiddenGradient());
      InputEmbedding.backward(
          operations,
          pass,
          inputGradient(pass),
          revisits,
          layout.batch().keepsFedGradients(),
          tokenGradients);
      if (revisits) {
        restoreBefore(pass);
      }
    }
  }

  /** Latents of a pass whose inputs count as constants, by their index in it. */
  private int[] constantLatents(Pass pass) {
    if (latentBackprop == null) {
      return NONE;
    }
    int[] rows = pass.fedRows();
    Positions positions = layout.batch().positions();
    return IntStream.range(0, rows.length)
        .filter(
            i -> positions.latentsFrom(pass.sequence(rows[i]), pass.step(rows[i])) > latentBackprop)
        .toArray();
  }

  private void startBackward(Matrix hiddenGradients) {
    for (int layer = 0; layer < blocks.size(); layer++) {
      attentions.get(layer).startGradients();
      blocks.get(layer).startGradients();
    }
    thoughtMap.startGradients();
    finalNorm.startGradients(hiddenGradients, layout.resultQueries());
  }

  private void backward(Pass pass, Parameters parameters, List<Matrix> layerGradients) {
    int[] probed = layout.probedOn(pass);
    int[] probedRows = layout.rowsOn(pass, probed);
    finalNorm.backward(pass, queriedOnly(lastLayer()), parameters);
    for (int layer = lastLayer(); layer >= 0; layer--) {
      RowBuffer gradient =
          layer == lastLayer() ? finalNorm.inputGradient() : blocks.get(layer + 1).input();
      TransformerBlock block = blocks.get(layer);
      block.backward(pass, attentions.get(layer), parameters.ofLayer(layer), dropout, gradient);
      if (probed.length > 0) {
        Matrix dx = block.input().rows(pass.firstRow(), pass.rows());
        operations.addRows(dx, probedRows, layerGradients.get(layer), probed, dx, probedRows);
      }
    }
  }

  /** Restores the keys and values of earlier passes that a pass replaced. */
  private void restoreBefore(Pass pass) {
    for (Pass earlier : replacedBy(pass)) {
      for (int layer = 0; layer < blocks.size(); layer++) {
        blocks.get(layer).restore(earlier, attentions.get(layer));
      }
    }
  }

  /**
   * The earlier passes whose keys and values a pass replaced, in order. No pass ends before an
   * earlier one, so a pass that also begins as early as the given one replaced all of theirs.
   */
  private List<Pass> replacedBy(Pass pass) {
    int first = pass.index();
    while (first > 0 && layout.passes().get(first - 1).to() > pass.from()) {
      first--;
      if (layout.passes().get(first).from() <= pass.from()) {
        break;
      }
    }
    return layout.passes().subList(first, pass.index());
  }

  /** Gradient of the first block's input in a pass, after it was computed. */
  Matrix inputGradient(Pass pass) {
    return blocks.get(0).input().rows(pass.firstRow(), pass.rows());
  }

  /** The norms outside the blocks. */
  List<Norm> norms() {
    List<Norm> norms = new ArrayList<>(List.of(finalNorm.norm()));
    norms.addAll(thoughtMap.norms());
    return norms;
  }

  /**
   * Computes the inputs of latents after some positions, in inference.
   *
   * @param states their final hidden states [n, d]
   * @param latents [n, d], written
   */
  void latents(Matrix states, Parameters parameters, Matrix latents) {
    thoughtMap.reserve(states.rows());
    thoughtMap.map(states, parameters, latents);
  }

  /** Removes all sequences except these, after {@link #prepareInference}. */
  void retain(int[] sequences) {
    attentions.forEach(attention -> attention.retain(sequences));
  }

  /** Appends the keys and values of another loop's sequences. */
  void join(WorkerLoop others, int ownSteps, int capacity) {
    for (int layer = 0; layer < attentions.size(); layer++) {
      attentions.get(layer).join(others.attentions.get(layer), ownSteps, capacity);
    }
  }

  @Override
  public void close() {
    attentions.forEach(Attention::close);
    blocks.forEach(TransformerBlock::close);
    shared.close();
    workspace.close();
    finalNorm.close();
    thoughtMap.close();
  }
}

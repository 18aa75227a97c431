package io.github.coconut4j.model.objective;

import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.latent.ObjectiveInputs;
import io.github.coconut4j.model.op.EmbeddingLookup;
import io.github.coconut4j.model.op.LabelCrossEntropy;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import lombok.Builder;
import lombok.Value;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Another objective, plus the loss of a decoder that writes a step from each group of latents
 * (SIM-CoT, arXiv 2509.20317, section 3):
 *
 * <pre>
 * other + weight / K · Σ L_k      K groups for which at least one sequence has a step
 * L_k = cross-entropy of a decoder that reads the group's latents, then the step's tokens
 * </pre>
 *
 * <p>K and L_k are those of one batch, which has the weight of {@code other} when batches are
 * averaged: the result depends on how sequences are divided into batches.
 *
 * <p>Gradients run through the latents into the model, and into the token embeddings that the
 * decoder reads. The decoder computes without dropout, and is not part of the trained model.
 */
@Value
public class StepSupervision implements Objective {

  private static final String OTHER = "steps_other_states";
  private static final String LATENTS = "steps_latents";
  private static final String TOKENS = "steps_tokens";
  private static final String POSITIONS = "steps_positions";
  private static final String MASK = "steps_mask";
  private static final String QUERIED = "steps_queried";
  private static final String LABELS = "steps_labels";
  private static final String WEIGHTS = "steps_label_weights";

  /** The objective of the sequences themselves. */
  Objective other;

  /** The decoder; null for the model itself. */
  StepDecoder decoder;

  /** λ. */
  double weight;

  /** How each group's loss is averaged. */
  StepMean mean;

  /** Number of latents per group, at least 1. */
  int groupSize;

  /** Position of the decoder's first input: 0 on CODI, 1 on Coconut. */
  int firstPosition;

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if one is missing or out of range
   */
  @Builder
  public StepSupervision(
      Objective other,
      StepDecoder decoder,
      double weight,
      StepMean mean,
      int groupSize,
      int firstPosition) {
    this.other = Arguments.requireNonNull(other, "other", "Give Objective.CROSS_ENTROPY, say.");
    this.mean = Arguments.requireNonNull(mean, "mean", "Give StepMean.TOKENS, say.");
    this.decoder = decoder;
    this.weight = Weight.checked("weight", weight);
    if (groupSize < 1 || firstPosition < 0) {
      throw new IllegalArgumentException(
          "Steps need groups of at least 1 latent and a first position of at least 0, but have "
              + groupSize
              + " and "
              + firstPosition
              + ". Change them.");
    }
    this.groupSize = groupSize;
    this.firstPosition = firstPosition;
  }

  @Override
  public boolean readsLayers() {
    return other.readsLayers();
  }

  @Override
  public Map<String, INDArray> parameters() {
    Map<String, INDArray> all = new HashMap<>(other.parameters());
    if (decoder != null) {
      all.putAll(decoder.parameters());
    }
    return all;
  }

  @Override
  public SDVariable loss(ObjectiveInputs inputs) {
    SameDiff graph = inputs.getGraph();
    SDVariable hidden = inputs.getHidden();
    SDVariable own = EmbeddingLookup.of(hidden, graph.placeHolder(OTHER, DataType.INT32, -1));
    SDVariable steps =
        LabelCrossEntropy.of(
            decoded(inputs),
            decoder == null
                ? inputs.getOutputTable()
                : inputs.parameter(StepDecoder.PREFIX + decoder.getWeights().getOutputTableName()),
            graph.placeHolder(LABELS, DataType.INT32, -1),
            graph.placeHolder(WEIGHTS, DataType.DOUBLE, -1));
    return other.loss(inputs.withHidden(own)).add(steps.mul(weight));
  }

  /** The decoder's final hidden states before the steps' tokens. */
  private SDVariable decoded(ObjectiveInputs inputs) {
    SameDiff graph = inputs.getGraph();
    SDVariable latents =
        inputs.latents(
            EmbeddingLookup.of(inputs.getHidden(), graph.placeHolder(LATENTS, DataType.INT32, -1)));
    SDVariable tokens =
        EmbeddingLookup.of(
            inputs.getTokenTable(), graph.placeHolder(TOKENS, DataType.INT32, -1, -1));
    SDVariable embeddings =
        graph.concat(1, latents.reshape(-1, groupSize, inputs.getConfig().getNEmbd()), tokens);
    TransformerConfig config = decoder == null ? inputs.getConfig() : decoder.getConfig();
    requireWidth(config, inputs.getConfig());
    UnaryOperator<String> name =
        parameter -> decoder == null ? parameter : StepDecoder.PREFIX + parameter;
    return inputs.run(
        config,
        parameter -> inputs.parameter(name.apply(parameter)),
        embeddings,
        graph.placeHolder(POSITIONS, DataType.INT32, -1, -1),
        graph.placeHolder(MASK, DataType.INT32, -1, -1),
        graph.placeHolder(QUERIED, DataType.INT32, -1));
  }

  private static void requireWidth(TransformerConfig config, TransformerConfig model) {
    if (config.getNEmbd() != model.getNEmbd()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A decoder of steps reads the model's token embeddings and latents, of width %d, but its"
                  + " own width is %d. Give one of that width.",
              model.getNEmbd(),
              config.getNEmbd()));
    }
  }

  @Override
  public Targets targets(LatentBatch batch) {
    Targets others = other.targets(batch);
    StepBatch steps = StepBatch.of(batch, groupSize, mean);
    if (decoder != null) {
      steps.requireTokensBelow(decoder.getConfig().getVocabSize());
    }
    PositionIndex hidden = PositionIndex.of(others.queried(), steps.latents());
    Map<String, INDArray> placeholders = new HashMap<>(others.placeholders());
    placeholders.put(OTHER, hidden.numbers(others.queried()));
    placeholders.put(LATENTS, hidden.numbers(steps.latents()));
    placeholders.put(TOKENS, Nd4j.createFromArray(steps.tokens()));
    placeholders.put(POSITIONS, Nd4j.createFromArray(steps.positions(firstPosition)));
    placeholders.put(MASK, Nd4j.createFromArray(steps.mask()));
    placeholders.put(QUERIED, Nd4j.createFromArray(steps.queried()));
    placeholders.put(LABELS, Nd4j.createFromArray(steps.labels()));
    placeholders.put(WEIGHTS, Nd4j.createFromArray(steps.weights()));
    return new Targets(hidden.positions(), others.probed(), placeholders, others.count());
  }
}

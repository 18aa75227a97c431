package io.github.coconut4j.model.objective;

import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.Objective;
import io.github.coconut4j.model.latent.ObjectiveInputs;
import io.github.coconut4j.model.latent.Supervision;
import io.github.coconut4j.model.op.EmbeddingLookup;
import io.github.coconut4j.model.op.LabelCrossEntropy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import lombok.Value;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The cross-entropy of the labels, plus that of a target distribution of tokens for each latent,
 * computed with the model's output embedding W. A target may be the frontier of a search:
 *
 * <pre>
 * CE + weight · mean over latents z that have a q of  -Σ q(v) log softmax(W z)[v]
 * </pre>
 *
 * <p>With distributions of one token it is the supervision of LOTUS (arXiv 2606.31779). If no
 * latent has a distribution, the second term is 0. Batches are weighted by their labelled tokens
 * when they are averaged, so the mean over latents depends on how sequences are divided into
 * batches.
 */
@Value
public class FrontierSupervision implements Objective {

  private static final String OTHER = "frontier_other_states";
  private static final String LATENTS = "frontier_latents";
  private static final String LATENT_WEIGHTS = "frontier_latent_weights";
  private static final String FIRST_TOKENS = "frontier_first_tokens";
  private static final String TARGETS = "frontier_targets";
  private static final String PROBABILITIES = "frontier_probabilities";

  /** Probabilities may be rounded. */
  private static final double TOLERANCE = 1e-3;

  /** λ. */
  double weight;

  /**
   * Checks the weight.
   *
   * @throws IllegalArgumentException if it is negative or not finite
   */
  public FrontierSupervision(double weight) {
    this.weight = Weight.checked("weight", weight);
  }

  @Override
  public SDVariable loss(ObjectiveInputs inputs) {
    SameDiff graph = inputs.getGraph();
    SDVariable hidden = inputs.getHidden();
    SDVariable own = EmbeddingLookup.of(hidden, graph.placeHolder(OTHER, DataType.INT32, -1));
    SDVariable crossEntropy = Objective.CROSS_ENTROPY.loss(inputs.withHidden(own));
    return crossEntropy.add(frontier(inputs, graph, hidden).mul(weight));
  }

  /**
   * The cross-entropy of one token u of a distribution, corrected to that of all: -log softmax(W
   * z)[u] + (W[u] - Σ q(v) W[v]) · z. Thus logits are computed only once per latent.
   */
  private static SDVariable frontier(ObjectiveInputs inputs, SameDiff graph, SDVariable hidden) {
    SDVariable table = inputs.getOutputTable();
    SDVariable z =
        inputs.latents(EmbeddingLookup.of(hidden, graph.placeHolder(LATENTS, DataType.INT32, -1)));
    SDVariable weights = graph.placeHolder(LATENT_WEIGHTS, DataType.DOUBLE, -1);
    SDVariable first = graph.placeHolder(FIRST_TOKENS, DataType.INT32, -1);
    SDVariable ofFirst = LabelCrossEntropy.of(z, table, first, weights);
    SDVariable targets =
        EmbeddingLookup.of(table, graph.placeHolder(TARGETS, DataType.INT32, -1, -1));
    SDVariable probabilities =
        graph.placeHolder(PROBABILITIES, DataType.DOUBLE, -1, -1).castTo(z.dataType());
    SDVariable expected = targets.mul(graph.expandDims(probabilities, 2)).sum(1);
    SDVariable correction = EmbeddingLookup.of(table, first).sub(expected).mul(z).sum(1);
    return ofFirst.add(correction.mul(weights.castTo(z.dataType())).sum());
  }

  @Override
  public Targets targets(LatentBatch batch) {
    Targets others = Objective.CROSS_ENTROPY.targets(batch);
    List<Target> targets = distributions(batch);
    double share = targets.isEmpty() ? 0 : 1.0 / targets.size();
    if (targets.isEmpty()) {
      targets.add(new Target(others.queried()[0], new int[1], new double[] {1}));
    }
    int[] latents = targets.stream().mapToInt(Target::position).toArray();
    PositionIndex hidden = PositionIndex.of(others.queried(), latents);
    Map<String, INDArray> placeholders = new HashMap<>(others.placeholders());
    placeholders.put(OTHER, hidden.numbers(others.queried()));
    placeholders.put(LATENTS, hidden.numbers(latents));
    placeholders.put(
        LATENT_WEIGHTS, Nd4j.valueArrayOf(new long[] {targets.size()}, share, DataType.DOUBLE));
    int[] first = targets.stream().mapToInt(target -> target.tokens()[0]).toArray();
    placeholders.put(FIRST_TOKENS, Nd4j.createFromArray(first));
    putDistributions(targets, placeholders);
    return new Targets(hidden.positions(), placeholders, others.count());
  }

  /**
   * A latent's target distribution.
   *
   * @param position position whose hidden state is the latent's input
   */
  private record Target(int position, int[] tokens, double[] probabilities) {}

  private static List<Target> distributions(LatentBatch batch) {
    Supervision supervision = batch.getSupervision();
    List<Target> targets = new ArrayList<>();
    if (supervision == null) {
      return targets;
    }
    int[][] latents = LatentPositions.of(batch);
    for (int b = 0; b < latents.length; b++) {
      for (int i = 0; i < Math.min(latents[b].length, supervision.latents()); i++) {
        int[] tokens = supervision.targetTokens(b, i);
        if (tokens.length > 0) {
          double[] probabilities = supervision.targetProbabilities(b, i);
          requireDistribution(probabilities, b, i);
          targets.add(new Target(latents[b][i] - 1, tokens, probabilities));
        }
      }
    }
    return targets;
  }

  /** The loss of others would not be their cross-entropy: {@link #frontier} relies on their sum. */
  private static void requireDistribution(double[] probabilities, int b, int latent) {
    boolean negative = DoubleStream.of(probabilities).anyMatch(probability -> probability < 0);
    double sum = DoubleStream.of(probabilities).sum();
    if (negative || !(Math.abs(sum - 1) < TOLERANCE)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A latent's target probabilities must be at least 0 and sum to 1, but those of sequence"
                  + " %d for its latent %d are %s. Divide them by their sum.",
              b,
              latent,
              Arrays.toString(probabilities)));
    }
  }

  /** Tokens and probabilities [n, K]; shorter distributions are padded with the probability 0. */
  private static void putDistributions(List<Target> targets, Map<String, INDArray> placeholders) {
    int widest = targets.stream().mapToInt(target -> target.tokens().length).max().orElse(1);
    int[][] tokens = new int[targets.size()][widest];
    double[][] probabilities = new double[targets.size()][widest];
    for (int i = 0; i < tokens.length; i++) {
      int own = targets.get(i).tokens().length;
      System.arraycopy(targets.get(i).tokens(), 0, tokens[i], 0, own);
      System.arraycopy(targets.get(i).probabilities(), 0, probabilities[i], 0, own);
    }
    placeholders.put(TARGETS, Nd4j.createFromArray(tokens));
    placeholders.put(PROBABILITIES, Nd4j.createFromArray(probabilities));
  }
}

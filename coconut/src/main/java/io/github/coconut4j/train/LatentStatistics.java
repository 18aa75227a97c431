package io.github.coconut4j.train;

import io.github.coconut4j.model.latent.LatentBatch;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.latent.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lombok.Value;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Statistics of a batch's latents, one number per latent from the first, over the sequences that
 * have it. A collapse shows here before it shows in the accuracy. NaN if no sequence has a value.
 */
@Value
class LatentStatistics {

  /** Norm of a latent's input, divided by the mean norm of the batch's word embeddings. */
  List<Double> normRatio;

  /** Cosine between the inputs of a latent and the previous one; NaN for the first. */
  List<Double> cosine;

  /**
   * The exponential of the entropy of the normalised singular values of the latent's inputs over
   * sequences, after subtracting their mean (Roy and Vetterli, 2007); at most the number of
   * sequences minus one.
   */
  List<Double> effectiveRank;

  /**
   * Norm of the gradient of the batch's loss with respect to a latent's input, through everything
   * after it, summed over the sequences.
   */
  List<Double> gradNorm;

  /**
   * Measures a batch; empty lists without latents.
   *
   * @param objective objective whose gradient is computed
   */
  static LatentStatistics of(LatentTransformer model, LatentBatch batch, Objective objective) {
    return new Measurement(model, batch, objective).run();
  }

  /** The measurement of one batch. */
  private static final class Measurement {

    private final LatentTransformer model;
    private final LatentBatch batch;
    private final Objective objective;

    /** Positions b · T + t of each latent, by its index. */
    private final List<List<Integer>> places = new ArrayList<>();

    private final List<Integer> words = new ArrayList<>();

    Measurement(LatentTransformer model, LatentBatch batch, Objective objective) {
      this.model = model;
      this.batch = batch;
      this.objective = objective;
      int[] latents = batch.getLatentMask().reshape(-1).toIntVector();
      int[] real = batch.getAttentionMask().reshape(-1).toIntVector();
      for (int sequence = 0; sequence < batch.sequences(); sequence++) {
        int number = 0;
        for (int step = 0; step < batch.steps(); step++) {
          int place = sequence * batch.steps() + step;
          if (latents[place] != 0) {
            add(number++, place);
          } else if (real[place] != 0) {
            words.add(place);
          }
        }
      }
    }

    private void add(int number, int place) {
      if (number == places.size()) {
        places.add(new ArrayList<>());
      }
      places.get(number).add(place);
    }

    LatentStatistics run() {
      if (places.isEmpty()) {
        return new LatentStatistics(List.of(), List.of(), List.of(), List.of());
      }
      double[][] inputs = rows(model.inputEmbeddings(batch));
      double[][] gradients = rows(model.inputGradients(batch, objective));
      double word = meanNorm(inputs, words);
      List<Double> ratios = places.stream().map(latent -> meanNorm(inputs, latent) / word).toList();
      List<Double> norms =
          places.stream().map(latent -> latent.size() * meanNorm(gradients, latent)).toList();
      List<Double> ranks = places.stream().map(latent -> effectiveRank(inputs, latent)).toList();
      return new LatentStatistics(ratios, cosines(inputs), ranks, norms);
    }

    private static double[][] rows(INDArray states) {
      return states.reshape(-1, states.size(2)).toDoubleMatrix();
    }

    private static double meanNorm(double[][] rows, List<Integer> places) {
      return places.stream().mapToDouble(place -> norm(rows[place])).average().orElse(Double.NaN);
    }

    private List<Double> cosines(double[][] inputs) {
      List<Double> cosines = new ArrayList<>(List.of(Double.NaN));
      for (List<Integer> latent : places.subList(1, places.size())) {
        cosines.add(
            latent.stream()
                .mapToDouble(place -> cosine(inputs[place - 1], inputs[place]))
                .average()
                .orElse(Double.NaN));
      }
      return cosines;
    }

    private static double effectiveRank(double[][] inputs, List<Integer> places) {
      double[][] rows =
          places.stream().map(place -> inputs[place].clone()).toArray(double[][]::new);
      for (int column = 0; column < rows[0].length; column++) {
        int c = column;
        double mean =
            IntStream.range(0, rows.length).mapToDouble(r -> rows[r][c]).average().orElseThrow();
        for (double[] row : rows) {
          row[c] -= mean;
        }
      }
      double[] values =
          new SingularValueDecomposition(new Array2DRowRealMatrix(rows, false)).getSingularValues();
      double sum = IntStream.range(0, values.length).mapToDouble(i -> values[i]).sum();
      double entropy = 0;
      for (double value : values) {
        double share = value / sum;
        entropy -= share > 0 ? share * Math.log(share) : 0;
      }
      return sum > 0 ? Math.exp(entropy) : 0;
    }

    private static double cosine(double[] a, double[] b) {
      return dot(a, b) / (norm(a) * norm(b));
    }

    private static double norm(double[] row) {
      return Math.sqrt(dot(row, row));
    }

    private static double dot(double[] a, double[] b) {
      return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }
  }
}

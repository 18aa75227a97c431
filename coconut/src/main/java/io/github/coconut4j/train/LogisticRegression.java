package io.github.coconut4j.train;

import de.bwaldvogel.liblinear.Feature;
import de.bwaldvogel.liblinear.FeatureNode;
import de.bwaldvogel.liblinear.Linear;
import de.bwaldvogel.liblinear.Model;
import de.bwaldvogel.liblinear.Parameter;
import de.bwaldvogel.liblinear.Problem;
import de.bwaldvogel.liblinear.SolverType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.descriptive.moment.Mean;
import org.apache.commons.math3.stat.descriptive.moment.StandardDeviation;

/**
 * Binary logistic regression by LIBLINEAR: minimizes the mean cross-entropy of p = sigmoid(w · z +
 * b) plus (λ / 2) |w|², where z are the standardized features: minus their mean, divided by their
 * standard deviation.
 *
 * @param weight weights of the original features, [D]
 * @param bias bias for the original features
 */
record LogisticRegression(double[] weight, double bias) {

  private static final double TOLERANCE = 1e-5;

  /** Value of the bias's feature; it is large, since LIBLINEAR's decay also applies to the bias. */
  private static final double BIAS_FEATURE = 30;

  /**
   * Fits a regression.
   *
   * @param features [N, D], finite
   * @param labels N labels; if all are the same, their p is (N + 1) / (N + 2)
   * @param decay λ, above 0
   */
  static LogisticRegression fit(double[][] features, List<Boolean> labels, double decay) {
    int width = features[0].length;
    if (labels.stream().distinct().count() == 1) {
      double odds = Math.log(labels.size() + 1.0);
      return new LogisticRegression(new double[width], labels.get(0) ? odds : -odds);
    }
    double[] mean = new double[width];
    double[] deviation = new double[width];
    for (int i = 0; i < width; i++) {
      double[] values = column(features, i);
      mean[i] = new Mean().evaluate(values);
      double spread = new StandardDeviation(false).evaluate(values, mean[i]);
      deviation[i] = spread > 0 ? spread : 1;
    }
    double[] solved = solve(standardized(features, mean, deviation), labels, decay);
    double[] weight = new double[width];
    double bias = solved[width] * BIAS_FEATURE;
    for (int i = 0; i < width; i++) {
      weight[i] = solved[i] / deviation[i];
      bias -= weight[i] * mean[i];
    }
    return new LogisticRegression(weight, bias);
  }

  private static double[] column(double[][] features, int index) {
    return Arrays.stream(features).mapToDouble(row -> row[index]).toArray();
  }

  private static Feature[][] standardized(double[][] features, double[] mean, double[] deviation) {
    int width = mean.length;
    Feature[][] rows = new Feature[features.length][width + 1];
    for (int n = 0; n < rows.length; n++) {
      for (int i = 0; i < width; i++) {
        rows[n][i] = new FeatureNode(i + 1, (features[n][i] - mean[i]) / deviation[i]);
      }
      rows[n][width] = new FeatureNode(width + 1, BIAS_FEATURE);
    }
    return rows;
  }

  /** The weights, followed by that of the bias's feature. */
  private static double[] solve(Feature[][] rows, List<Boolean> labels, double decay) {
    Problem problem = new Problem();
    problem.l = rows.length;
    problem.n = rows[0].length;
    problem.x = rows;
    problem.y = labels.stream().mapToDouble(label -> label ? 1 : 0).toArray();
    Linear.disableDebugOutput();
    // LIBLINEAR's objective is |w|² / 2 + C · the sum of cross-entropies.
    double sum = 1 / (decay * rows.length);
    Model model = Linear.train(problem, new Parameter(SolverType.L2R_LR, sum, TOLERANCE));
    double[] weight = model.getFeatureWeights();
    return model.getLabels()[0] == 1 // the label of positive scores
        ? weight
        : Arrays.stream(weight).map(value -> -value).toArray();
  }

  /** Mean cross-entropy on original features and their labels, in nats. */
  double crossEntropy(double[][] features, List<Boolean> labels) {
    return IntStream.range(0, features.length)
        .mapToDouble(
            n -> {
              double margin = labels.get(n) ? score(features[n]) : -score(features[n]);
              return Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin);
            })
        .average()
        .orElseThrow();
  }

  /** Probability of the label true, below 1. */
  double probability(double[] features) {
    return Math.min(1 / (1 + Math.exp(-score(features))), Math.nextDown(1.0)); // not rounded to 1
  }

  private double score(double[] features) {
    double score = bias;
    for (int i = 0; i < features.length; i++) {
      score += weight[i] * features[i];
    }
    return score;
  }
}

package io.github.coconut4j.model.latent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Ragged batches of random tokens for the tests. */
public final class Batches {

  /** Rows begin their latents in one column; each row is one line of this picture. */
  private final int[][] tokens;

  private final int[][] positions;
  private final int[][] real;
  private final int[][] latents;
  private final int[][] labels;

  private Batches(int rows, int columns) {
    tokens = new int[rows][columns];
    positions = new int[rows][columns];
    real = new int[rows][columns];
    latents = new int[rows][columns];
    labels = new int[rows][columns];
    Arrays.stream(labels).forEach(row -> Arrays.fill(row, LatentBatch.IGNORED_LABEL));
  }

  /**
   * A batch drawn from pictures of its rows: {@code .} padding, {@code w} a word, {@code *} a
   * latent, {@code l} a labelled word.
   *
   * @param vocabulary tokens are drawn from [0, vocabulary), so that a small one repeats them
   */
  public static LatentBatch of(int vocabulary, long seed, String... pictures) {
    return drawn(vocabulary, seed, pictures).build();
  }

  private static Batches drawn(int vocabulary, long seed, String... pictures) {
    Batches batch = new Batches(pictures.length, pictures[0].length());
    Random random = new Random(seed);
    for (int row = 0; row < pictures.length; row++) {
      int position = 0;
      for (int column = 0; column < pictures[row].length(); column++) {
        char kind = pictures[row].charAt(column);
        batch.tokens[row][column] = random.nextInt(vocabulary);
        if (kind != '.') {
          batch.real[row][column] = 1;
          batch.positions[row][column] = position++;
        }
        if (kind == '*') {
          batch.latents[row][column] = 1;
        }
        if (kind == 'l') {
          batch.labels[row][column] = batch.tokens[row][column];
        }
      }
    }
    return batch;
  }

  /**
   * A batch of sequences with several continuations.
   *
   * @param segments a digit for each column, the attention mask; positions of 2 and more count on
   *     from those of 1
   */
  public static LatentBatch withContinuations(
      int vocabulary, long seed, String[] pictures, String[] segments) {
    Batches batch = drawn(vocabulary, seed, pictures);
    for (int row = 0; row < segments.length; row++) {
      int common = (int) segments[row].chars().filter(digit -> digit == '1').count();
      for (int column = 0; column < segments[row].length(); column++) {
        char digit = segments[row].charAt(column);
        batch.real[row][column] = digit - '0';
        if (digit > '1') {
          batch.positions[row][column] = common + column - segments[row].indexOf(digit);
        }
      }
    }
    return batch.build();
  }

  /** The same sequences, each continuation a row of its own. */
  public static LatentBatch apart(LatentBatch joined) {
    int[][] segments = joined.getAttentionMask().toIntMatrix();
    List<int[]> rows = new ArrayList<>(); // the number of the joined row, then its columns
    for (int row = 0; row < segments.length; row++) {
      int number = row;
      int last = Arrays.stream(segments[row]).max().orElseThrow();
      for (int segment = Math.min(2, last); segment <= last; segment++) {
        int own = segment;
        IntStream columns =
            IntStream.range(0, segments[row].length)
                .filter(t -> segments[number][t] == 1 || segments[number][t] == own);
        rows.add(IntStream.concat(IntStream.of(row), columns).toArray());
      }
    }
    Batches batch = new Batches(rows.size(), joined.steps());
    for (int i = 0; i < rows.size(); i++) {
      int[] row = rows.get(i);
      for (int k = 1; k < row.length; k++) {
        int to = row[1] + k - 1; // after the joined row's padding
        batch.tokens[i][to] = joined.getInputIds().getInt(row[0], row[k]);
        batch.positions[i][to] = joined.getPositionIds().getInt(row[0], row[k]);
        batch.real[i][to] = 1;
        batch.latents[i][to] = joined.getLatentMask().getInt(row[0], row[k]);
        batch.labels[i][to] = joined.getLabels().getInt(row[0], row[k]);
      }
    }
    return batch.build();
  }

  /** The placeholders of the graph of a batch's cross-entropy, for a caller that runs it. */
  static Map<String, INDArray> placeholders(LatentBatch batch) {
    Objective.Targets targets = Objective.CROSS_ENTROPY.targets(batch);
    Map<String, INDArray> placeholders = new HashMap<>(targets.placeholders());
    placeholders.put("input_ids", batch.getInputIds());
    placeholders.put("position_ids", batch.getPositionIds());
    placeholders.put("attention_mask", batch.getAttentionMask());
    placeholders.put("latent_mask", batch.getLatentMask());
    placeholders.put("queried_positions", Nd4j.createFromArray(targets.queried()));
    return placeholders;
  }

  private LatentBatch build() {
    return LatentBatch.builder()
        .inputIds(Nd4j.createFromArray(tokens))
        .positionIds(Nd4j.createFromArray(positions))
        .attentionMask(Nd4j.createFromArray(real))
        .latentMask(Nd4j.createFromArray(latents))
        .labels(Nd4j.createFromArray(labels))
        .build();
  }
}

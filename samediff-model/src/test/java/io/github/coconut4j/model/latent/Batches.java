package io.github.coconut4j.model.latent;

import java.util.Arrays;
import java.util.Random;
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
    return batch.build();
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

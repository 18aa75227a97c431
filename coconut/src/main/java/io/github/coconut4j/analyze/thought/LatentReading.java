package io.github.coconut4j.analyze.thought;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import lombok.Value;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A thought read as words: the tokens with the highest scores of the output embedding for the
 * latent's input (the logit lens). If the input is the hidden state itself, they are the tokens
 * that the model would generate there.
 */
@Value
public class LatentReading {

  /** Number of states that are read together if the table has to be converted for them. */
  private static final int NARROW_TABLE_BATCH = 32;

  /** Index of the problem, from 0. */
  int problem;

  /** Number of the thought, from 1. */
  int thought;

  /** Rank of the token by probability, from 1. */
  int rank;

  /** The token's text. */
  String token;

  /** Its probability. */
  double probability;

  /**
   * Reads every problem's thought.
   *
   * @param states inputs of latents [P, D]
   * @param thought number of the thought, from 1
   * @param outputTable the model's output embeddings [V, D]
   * @param top number of tokens for each, at least 1
   * @param text the text of a token id
   */
  public static List<LatentReading> of(
      INDArray states, int thought, INDArray outputTable, int top, IntFunction<String> text) {
    List<LatentReading> readings = new ArrayList<>();
    // Converting a table takes as long as many products with it.
    int atATime = outputTable.dataType() == DataType.BFLOAT16 ? NARROW_TABLE_BATCH : 1;
    for (int from = 0; from < states.size(0); from += atATime) {
      long to = Math.min(states.size(0), from + (long) atATime);
      INDArray some = states.get(NDArrayIndex.interval(from, to), NDArrayIndex.all());
      INDArray scores = TokenScores.of(some, outputTable);
      for (int row = 0; row < to - from; row++) {
        float[] probabilities = Transforms.softmax(scores.getRow(row, true)).toFloatVector();
        addReadings(from + row, thought, probabilities, top, text, readings);
      }
    }
    return readings;
  }

  private static void addReadings(
      int problem,
      int thought,
      float[] probabilities,
      int top,
      IntFunction<String> text,
      List<LatentReading> readings) {
    int[] likeliest = likeliest(probabilities, top);
    for (int rank = 0; rank < likeliest.length; rank++) {
      int token = likeliest[rank];
      readings.add(
          new LatentReading(problem, thought, rank + 1, text.apply(token), probabilities[token]));
    }
  }

  private static int[] likeliest(float[] probabilities, int count) {
    float[] ascending = probabilities.clone();
    Arrays.sort(ascending); // of numbers, which is much faster than of tokens by a comparator
    float least = ascending[Math.max(0, ascending.length - count)];
    return IntStream.range(0, probabilities.length)
        .filter(token -> Float.compare(probabilities[token], least) >= 0)
        .boxed()
        .sorted((a, b) -> Float.compare(probabilities[b], probabilities[a]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }
}

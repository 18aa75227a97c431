package io.github.coconut4j.analyze.thought;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import lombok.Value;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A thought read in words: the tokens that the output embedding gives the highest scores for what
 * the latent is fed (the logit lens). Where that is the hidden state itself, they are those that
 * the model would write there.
 */
@Value
public class LatentReading {

  /** Number of the problem, from 0. */
  int problem;

  /** Number of the thought, from 1. */
  int thought;

  /** Place of the token among the likeliest, from 1. */
  int rank;

  /** The token's text. */
  String token;

  /** Its probability. */
  double probability;

  /**
   * Reads every problem's thought.
   *
   * @param states what latents were fed [P, D]
   * @param thought their number, from 1
   * @param outputTable the model's output embeddings [V, D]
   * @param top how many tokens of each
   * @param text the text of a token id
   */
  public static List<LatentReading> of(
      INDArray states, int thought, INDArray outputTable, int top, IntFunction<String> text) {
    List<LatentReading> readings = new ArrayList<>();
    for (int problem = 0; problem < states.size(0); problem++) {
      INDArray logits = states.getRow(problem, true).mmul(outputTable.transpose());
      float[] probabilities = Transforms.softmax(logits).toFloatVector();
      int[] likeliest = likeliest(probabilities, top);
      for (int rank = 0; rank < likeliest.length; rank++) {
        int token = likeliest[rank];
        readings.add(
            new LatentReading(problem, thought, rank + 1, text.apply(token), probabilities[token]));
      }
    }
    return readings;
  }

  private static int[] likeliest(float[] probabilities, int count) {
    return IntStream.range(0, probabilities.length)
        .boxed()
        .sorted((a, b) -> Float.compare(probabilities[b], probabilities[a]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }
}

package io.github.coconut4j.model.internal;

import java.util.Arrays;
import java.util.Collection;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Rejects invalid arguments of a call, before anything is computed. */
public final class Arguments {

  private Arguments() {}

  /**
   * Checks that an argument is not null.
   *
   * @param name the argument's name, for the message
   * @param remedy a sentence: what to give
   * @throws IllegalArgumentException if it is null
   */
  public static <T> T requireNonNull(T value, String name, String remedy) {
    if (value == null) {
      throw new IllegalArgumentException(
          "The argument " + name + " must be given, but is null. " + remedy);
    }
    return value;
  }

  /**
   * Checks that a number is not too small.
   *
   * @param subject what has the value, for the message: an argument, an option or a description
   * @throws IllegalArgumentException if the value is below {@code least}
   */
  public static void requireAtLeast(int value, int least, String subject) {
    if (value < least) {
      throw new IllegalArgumentException(
          subject + " needs to be at least " + least + " but is " + value + ". Raise it.");
    }
  }

  /**
   * Checks that neither a collection nor an element of it is null.
   *
   * @param name the argument's name, for the message
   * @throws IllegalArgumentException if one is
   */
  public static void requireElements(Collection<?> values, String name) {
    String remedy = "Give an empty collection where there is none.";
    int index = 0;
    for (Object value : requireNonNull(values, name, remedy)) {
      requireNonNull(value, name + "[" + index + "]", "Leave it out.");
      index++;
    }
  }

  /**
   * Checks that indices ascend and are from 0 to below a bound.
   *
   * @param subject what the indices select, in the plural, for the message
   * @param remedy a sentence: what to give
   * @throws IllegalArgumentException if they do not or are null
   */
  public static void requireAscending(int[] indices, int bound, String subject, String remedy) {
    if (indices == null) {
      throw notAscending(subject, bound, "they are null", remedy);
    }
    for (int i = 0; i < indices.length; i++) {
      if (indices[i] < 0 || indices[i] >= bound || (i > 0 && indices[i] <= indices[i - 1])) {
        String after = i == 0 ? "" : " after " + indices[i - 1];
        throw notAscending(subject, bound, "found " + indices[i] + after, remedy);
      }
    }
  }

  /**
   * Checks ids of tokens.
   *
   * @throws IllegalArgumentException if they are null or one is not in the vocabulary
   */
  public static void requireTokens(int[] tokens, int vocabulary) {
    requireNonNull(tokens, "tokens", "Give a token for each row.");
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary) {
        throw new IllegalArgumentException(
            "Token ids must be from 0 to " + (vocabulary - 1) + "; found " + token);
      }
    }
  }

  /** Describes an array's type and shape, or that it is null or closed, for messages. */
  public static String described(INDArray array) {
    if (array == null) {
      return "null";
    }
    return array.wasClosed()
        ? "an array that was closed"
        : array.dataType() + " of shape " + Arrays.toString(array.shape());
  }

  private static IllegalArgumentException notAscending(
      String subject, int bound, String found, String remedy) {
    return new IllegalArgumentException(
        subject
            + " must ascend and be from 0 to "
            + (bound - 1)
            + ", but "
            + found
            + ". "
            + remedy);
  }
}

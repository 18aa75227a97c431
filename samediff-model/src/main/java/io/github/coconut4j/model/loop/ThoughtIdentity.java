package io.github.coconut4j.model.loop;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;

/** z = h: the inputs of latents are the unchanged hidden states. */
@RequiredArgsConstructor
final class ThoughtIdentity implements ThoughtMap {

  private final LayerOperations operations;

  @Override
  public void reserve(long latents) {
    // Hidden states are read in place.
  }

  @Override
  public void startAt(long latent) {
    // Nothing is stored.
  }

  @Override
  public Latents forward(Pass pass, Matrix hidden, Parameters parameters) {
    return new Latents(hidden, pass.fedQueries());
  }

  @Override
  public void map(Matrix hidden, Parameters parameters, Matrix latents) {
    operations.copy(hidden, latents);
  }

  @Override
  public void startGradients() {
    // There are no parameters.
  }

  @Override
  public void backward(
      Pass pass,
      int[] constant,
      Matrix inputGradient,
      Parameters parameters,
      Matrix hiddenGradient) {
    int[] fed = without(constant, pass.fedRows());
    int[] queries = without(constant, pass.fedQueries());
    operations.addRows(hiddenGradient, queries, inputGradient, fed, hiddenGradient, queries);
  }

  private static int[] without(int[] numbers, int[] values) {
    return numbers.length == 0
        ? values
        : IntStream.range(0, values.length)
            .filter(i -> Arrays.binarySearch(numbers, i) < 0)
            .map(i -> values[i])
            .toArray();
  }

  @Override
  public List<GradientSums.Part> gradientParts() {
    return List.of();
  }

  @Override
  public List<Norm> norms() {
    return List.of();
  }

  @Override
  public void close() {
    // There is nothing to free.
  }
}

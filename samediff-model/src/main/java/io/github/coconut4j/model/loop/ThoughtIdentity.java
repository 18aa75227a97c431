package io.github.coconut4j.model.loop;

import java.util.List;
import lombok.RequiredArgsConstructor;

/** z = h: latents are fed hidden states as they are. */
@RequiredArgsConstructor
final class ThoughtIdentity implements ThoughtMap {

  private final LayerOperations operations;

  @Override
  public void reserve(long latents) {
    // Hidden states are read where they are.
  }

  @Override
  public void startAt(long latent) {
    // Nothing is kept.
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
      Pass pass, Matrix inputGradient, Parameters parameters, Matrix hiddenGradient) {
    int[] fed = pass.fedRows();
    int[] queries = pass.fedQueries();
    operations.addRows(hiddenGradient, queries, inputGradient, fed, hiddenGradient, queries);
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
    // Nothing is held.
  }
}

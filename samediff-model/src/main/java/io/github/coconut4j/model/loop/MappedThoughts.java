package io.github.coconut4j.model.loop;

import io.github.coconut4j.model.TransformerConfig;
import java.util.List;

/** Applies a function to hidden states, and propagates its gradients back to them. */
final class MappedThoughts implements ThoughtMap {

  /** A function of rows that stores what its gradients need. */
  interface RowMap extends AutoCloseable {

    /** Makes room for this many rows. */
    void reserve(long rows);

    /** Makes the first row of the buffers stand for a later row. */
    void startAt(long row);

    /** z of the rows [from, from + n) of x. */
    void forward(long from, long n, RowBuffer x, Parameters parameters, RowBuffer z);

    /** Sets the sums over rows to 0. */
    void startGradients();

    /**
     * The gradient of rows of x.
     *
     * @param dz gradient of as many rows of z, overwritten
     * @param dx overwritten
     */
    void backward(long from, RowBuffer x, Parameters parameters, Matrix dz, Matrix dx);

    /**
     * The contributions of all rows to the gradients of linear layers.
     *
     * @param x all rows
     */
    List<GradientSums.Part> gradientParts(Matrix x);

    /** The norms that have parameters. */
    List<Norm> norms();

    @Override
    void close();
  }

  private final LayerOperations operations;
  private final RowMap map;

  /** h, by latent. */
  private final RowBuffer states;

  /** z of one pass, and the gradients of z and h. */
  private final RowBuffer latents;

  private final RowBuffer stateGradients;

  MappedThoughts(TransformerConfig config, LayerOperations operations, RowMap map) {
    this.operations = operations;
    this.map = map;
    int width = config.getNEmbd();
    states = new RowBuffer(operations.memory(), width);
    latents = new RowBuffer(operations.memory(), width);
    stateGradients = new RowBuffer(operations.memory(), width);
  }

  @Override
  public void reserve(long count) {
    states.reserve(count);
    map.reserve(count);
  }

  @Override
  public void startAt(long latent) {
    states.startAt(latent);
    map.startAt(latent);
  }

  @Override
  public Latents forward(Pass pass, Matrix hidden, Parameters parameters) {
    int n = pass.fedRows().length;
    latents.reserve(n);
    latents.startAt(pass.firstFed());
    if (n > 0) {
      operations.copyRows(hidden, pass.fedQueries(), states.rows(pass.firstFed(), n), null);
      map.forward(pass.firstFed(), n, states, parameters, latents);
    }
    return new Latents(latents.all(), null);
  }

  @Override
  public void map(Matrix hidden, Parameters parameters, Matrix target) {
    latents.reserve(hidden.rows());
    operations.copy(hidden, states.all());
    map.forward(0, hidden.rows(), states, parameters, latents);
    operations.copy(latents.all(), target);
  }

  @Override
  public void startGradients() {
    map.startGradients();
  }

  @Override
  public void backward(
      Pass pass,
      int[] constant,
      Matrix inputGradient,
      Parameters parameters,
      Matrix hiddenGradient) {
    int n = pass.fedRows().length;
    if (n == 0) {
      return;
    }
    latents.reserve(n);
    stateGradients.reserve(n);
    operations.copyRows(inputGradient, pass.fedRows(), latents.all(), null);
    for (int latent : constant) {
      operations.clear(latents.rows(latent, 1));
    }
    map.backward(pass.firstFed(), states, parameters, latents.all(), stateGradients.all());
    int[] queries = pass.fedQueries();
    operations.addRows(
        hiddenGradient, queries, stateGradients.all(), null, hiddenGradient, queries);
  }

  @Override
  public List<GradientSums.Part> gradientParts() {
    return map.gradientParts(states.all());
  }

  @Override
  public List<Norm> norms() {
    return map.norms();
  }

  @Override
  public void close() {
    map.close();
    List.of(states, latents, stateGradients).forEach(RowBuffer::close);
  }
}

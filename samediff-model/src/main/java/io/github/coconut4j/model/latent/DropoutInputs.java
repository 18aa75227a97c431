package io.github.coconut4j.model.latent;

import io.github.coconut4j.model.dropout.Dropout;
import io.github.coconut4j.model.dropout.DropoutRates;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A batch's dropout as variables of a graph, so that one graph serves all updates.
 *
 * @param rates DOUBLE [4]: dropout rates of attention, embedding, residual sums and adapters
 * @param counters INT64 [3]: seed, update, index of the first sequence
 */
public record DropoutInputs(SDVariable rates, SDVariable counters) {

  private static final String RATES = "dropout_rates";
  private static final String COUNTERS = "dropout_counters";

  /** Adds the placeholders to a graph. */
  public static DropoutInputs placeholders(SameDiff graph) {
    return new DropoutInputs(
        graph.placeHolder(RATES, DataType.DOUBLE, 4),
        graph.placeHolder(COUNTERS, DataType.INT64, 3));
  }

  /** The placeholders' values. */
  public static Map<String, INDArray> values(Dropout dropout) {
    DropoutRates rates = dropout.rates();
    return Map.of(
        RATES,
        Nd4j.createFromArray(
            rates.attention(), rates.embedding(), rates.residual(), rates.adapter()),
        COUNTERS,
        Nd4j.createFromArray(dropout.seed(), dropout.update(), dropout.firstSequence()));
  }

  /** The dropout that these values describe. */
  public static Dropout dropout(INDArray rates, INDArray counters) {
    return new Dropout(
        new DropoutRates(
            rates.getDouble(0), rates.getDouble(1), rates.getDouble(2), rates.getDouble(3)),
        counters.getLong(0),
        counters.getLong(1),
        counters.getInt(2));
  }
}

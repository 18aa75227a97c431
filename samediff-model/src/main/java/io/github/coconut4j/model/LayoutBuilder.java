package io.github.coconut4j.model;

import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Orientation;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.ParameterLayout.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lombok.Getter;
import lombok.experimental.Accessors;

/** Lists an architecture's parameters. Each method appends some. */
@Accessors(fluent = true)
final class LayoutBuilder {

  @Getter private final List<Parameter> parameters = new ArrayList<>();

  /** The scale of an adapter, by the name of its A. */
  @Getter private final Map<String, Double> adapterScales = new HashMap<>();

  /** Null without adapters. */
  private final LoraConfig lora;

  private int layer = ParameterLayout.NO_LAYER;
  private Orientation orientation = Orientation.NONE;

  LayoutBuilder(LoraConfig lora) {
    this.lora = lora;
  }

  /** Sets the layer of the parameters that follow, or {@link ParameterLayout#NO_LAYER}. */
  LayoutBuilder inLayer(int number) {
    layer = number;
    return this;
  }

  /** Sets how the linear layers that follow are stored. */
  LayoutBuilder orientation(Orientation stored) {
    orientation = stored;
    return this;
  }

  /** Adds a table of embeddings. */
  LayoutBuilder table(String name, Role role, long rows, long columns) {
    return add(name, role, Kind.WEIGHT, Orientation.NONE, rows, columns);
  }

  /** Adds a norm's scale and, for a layer norm, its shift. */
  LayoutBuilder norm(String name, Role role, long width, boolean shift) {
    add(name + ".weight", role, Kind.WEIGHT, Orientation.NONE, width);
    return shift ? add(name + ".bias", role, Kind.BIAS, Orientation.NONE, width) : this;
  }

  /** Adds a linear layer's weight and, if it has them, its bias and adapter. */
  LayoutBuilder linear(String name, Role role, long in, long out, boolean bias) {
    if (orientation == Orientation.OUT_IN) {
      add(name + ".weight", role, Kind.WEIGHT, orientation, out, in);
    } else {
      add(name + ".weight", role, Kind.WEIGHT, orientation, in, out);
    }
    if (bias) {
      add(name + ".bias", role, Kind.BIAS, Orientation.NONE, out);
    }
    return lora != null && lora.targets(name) ? adapter(name, role, in, out) : this;
  }

  private LayoutBuilder adapter(String name, Role role, long in, long out) {
    String a = name + ".lora_A.weight";
    adapterScales.put(a, lora.scale(name));
    add(a, role, Kind.LORA_A, Orientation.OUT_IN, lora.rank(name), in);
    return add(
        name + ".lora_B.weight", role, Kind.LORA_B, Orientation.OUT_IN, out, lora.rank(name));
  }

  /** Adds the projection of thoughts, under CODI's names; adapters do not apply to it. */
  void thoughtProjection(long d, long p) {
    inLayer(ParameterLayout.NO_LAYER)
        .add("prj.1.weight", Role.THOUGHT_UP, Kind.WEIGHT, Orientation.OUT_IN, p, d)
        .add("prj.1.bias", Role.THOUGHT_UP, Kind.BIAS, Orientation.NONE, p)
        .add("prj.3.weight", Role.THOUGHT_DOWN, Kind.WEIGHT, Orientation.OUT_IN, d, p)
        .add("prj.3.bias", Role.THOUGHT_DOWN, Kind.BIAS, Orientation.NONE, d)
        .norm("prj.ln", Role.THOUGHT_NORM, d, true);
  }

  /** Adds the rows of the token table that are trained separately, if there are any. */
  void trainedRows() {
    if (lora != null && !lora.getTrainableTokenIndices().isEmpty()) {
      Parameter table = parameters.get(0);
      add(
          table.name().replaceFirst("weight$", "token_adapter.trainable_tokens_delta"),
          Role.TOKEN_EMBEDDING,
          Kind.ROWS,
          Orientation.NONE,
          lora.getTrainableTokenIndices().size(),
          table.shape()[1]);
    }
  }

  private LayoutBuilder add(String name, Role role, Kind kind, Orientation stored, long... shape) {
    parameters.add(new Parameter(name, role, layer, kind, stored, shape));
    return this;
  }
}

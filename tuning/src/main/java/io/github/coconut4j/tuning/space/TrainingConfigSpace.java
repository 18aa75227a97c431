package io.github.coconut4j.tuning.space;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.model.internal.Arguments;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import lombok.Builder;
import lombok.Singular;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.util.LeafUtils;

/**
 * A space of training configurations that differ from a base in some keys.
 *
 * <pre>{@code
 * TrainingConfigSpace space =
 *     TrainingConfigSpace.builder()
 *         .base(ConfigFile.read(Path.of("recipes/quickstart.yaml")))
 *         .parameter("c_thought", new IntegerParameterSpace(1, 2))
 *         .parameter("lr", new ContinuousParameterSpace(new LogUniformDistribution(1e-4, 3e-3)))
 *         .build();
 * }</pre>
 *
 * <p>A parameter with one value does not use one of Arbiter's numbers: Arbiter's grid leaves it
 * out, but its spaces count it, so they would read the values of other parameters.
 */
public final class TrainingConfigSpace implements ParameterSpace<TrainingConfig> {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final ConfigFile base;
  private final Map<String, ParameterSpace<?>> parameters = new LinkedHashMap<>();

  /**
   * Makes a space.
   *
   * @param base the keys that are the same for all candidates; copied
   * @param parameters Arbiter's space for each key that is searched
   * @throws ConfigException if a key is unknown or has two names, or there is nothing to search
   */
  @Builder
  TrainingConfigSpace(ConfigFile base, @Singular Map<String, ParameterSpace<?>> parameters) {
    Arguments.requireNonNull(base, "base", "Read one with ConfigFile.read.");
    Arguments.requireElements(parameters.values(), "parameters");
    if (parameters.isEmpty()) {
      throw new ConfigException(
          "A search needs at least one key to search but has none. Add it to `search.space`.");
    }
    this.base = base.copy();
    ConfigFile.requireKnown(this.base.values().keySet());
    ConfigFile.requireKnown(parameters.keySet());
    requireOneSpelling(parameters.keySet());
    parameters.forEach((key, space) -> this.parameters.put(key, SingleValues.fixed(space)));
  }

  /** Rejects a space of which no candidate is valid, before the first candidate. */
  private void requireOneSpelling(Set<String> searched) {
    Set<String> given = new TreeSet<>(searched);
    base.values().forEach((key, value) -> given.addAll(value.isNull() ? Set.of() : Set.of(key)));
    ConfigFile.requireOneSpelling(given);
  }

  /**
   * The configuration of a candidate.
   *
   * @param values as Arbiter proposes them, each in [0, 1]
   * @throws ConfigException if the candidate's values contradict each other
   */
  @Override
  public TrainingConfig getValue(double[] values) {
    ObjectNode overrides = JSON.valueToTree(parameters(values));
    return base.copy().setAll(overrides).toTrainingConfig();
  }

  /** The searched keys of a candidate and their values. */
  public Map<String, Object> parameters(double[] values) {
    Map<String, Object> chosen = new LinkedHashMap<>();
    parameters.forEach((key, space) -> chosen.put(key, space.getValue(values)));
    return chosen;
  }

  @Override
  public int numParameters() {
    return LeafUtils.countUniqueParameters(collectLeaves());
  }

  @SuppressWarnings("rawtypes") // as Arbiter declares it
  @Override
  public List<ParameterSpace> collectLeaves() {
    return parameters.values().stream().flatMap(space -> space.collectLeaves().stream()).toList();
  }

  @SuppressWarnings("rawtypes") // as Arbiter declares it
  @Override
  public Map<String, ParameterSpace> getNestedSpaces() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  @Override
  public boolean isLeaf() {
    return false;
  }

  @Override
  public void setIndices(int... indices) {
    throw new UnsupportedOperationException("Only the spaces of single keys have indices.");
  }
}

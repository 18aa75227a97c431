package io.github.coconut4j.model;

import io.github.coconut4j.files.Presence;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.ParameterLayout.Role;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The parameters of a projection of thoughts, {@link ThoughtMapConfig}. They have a separate file,
 * so that {@code model.safetensors} stays as Hugging Face's library expects it.
 *
 * <p>Their names are CODI's: {@code prj.1.weight} [p, d], {@code prj.1.bias} [p], {@code
 * prj.3.weight} [d, p], {@code prj.3.bias}, {@code prj.ln.weight} and {@code prj.ln.bias} [d].
 * Legend: d width of hidden states, p width of the projection.
 */
public final class ThoughtProjection {

  /** Name of the file in a directory of a model or an adapter. */
  public static final String FILE = "projection.safetensors";

  private static final String FIRST = "prj.1.weight";

  /** CODI's modules by PCCoT's names, all of which a PCCoT file has. */
  private static final Map<String, String> PCCOT_MODULES =
      Map.of("prj.0.", "prj.1.", "prj.2.", "prj.3.", "prj.3.", "prj.ln.");

  private static final Set<Role> ROLES =
      EnumSet.of(Role.THOUGHT_UP, Role.THOUGHT_DOWN, Role.THOUGHT_NORM);

  private ThoughtProjection() {}

  /** Whether a model's parameter belongs to the projection. */
  static boolean holds(String parameter) {
    return parameter.startsWith("prj.");
  }

  /** The projection's parameters among a model's; empty without a projection. */
  static List<Parameter> parameters(TransformerConfig config) {
    return ParameterLayout.of(config).parameters().stream()
        .filter(parameter -> ROLES.contains(parameter.role()))
        .toList();
  }

  /**
   * A model's parameters with those of a new projection, which are trained. Its linear layers are
   * uniform in ±1/√inputs, as in PyTorch's {@code Linear}, the norm's scale is 1 and its shift 0.
   *
   * @param config the architecture with the map
   * @param plain the parameters without the projection; arrays are shared
   * @param seed the same seed gives the same values, those of {@link Weights#initial}
   * @return {@code plain} if the map has no parameters
   * @throws IllegalArgumentException if the model takes more memory than this process may use
   */
  public static Weights initial(TransformerConfig config, Weights plain, long seed) {
    Arguments.requireNonNull(config, "config", "Read or build the model's TransformerConfig.");
    Arguments.requireNonNull(plain, "plain", "Give the parameters without the projection.");
    WeightsCheck.room(config, Float.BYTES, "Lower the projection's width.");
    DataType type = plain.type();
    Initializer initializer = new Initializer(config, Initialization.gpt2(config), seed);
    Map<String, INDArray> own = new LinkedHashMap<>();
    for (Parameter parameter : parameters(config)) {
      own.put(parameter.name(), initializer.next(parameter).castTo(type));
    }
    return joined(config, plain, own);
  }

  /** All parameters in the order of the layout. */
  private static Weights joined(
      TransformerConfig config, Weights plain, Map<String, INDArray> own) {
    if (own.isEmpty()) {
      return plain;
    }
    ParameterLayout layout = ParameterLayout.of(config);
    Set<String> trained = new TreeSet<>(plain.trained().keySet());
    Map<String, INDArray> all = new LinkedHashMap<>();
    for (String name : layout.names()) {
      all.put(name, own.containsKey(name) ? own.get(name) : plain.get(name));
    }
    trained.addAll(own.keySet());
    return Weights.of(layout, all).withTrained(trained);
  }

  /**
   * A model's parameters with those of a projection's file, which are trained. The file may use
   * CODI's names or PCCoT's.
   *
   * @param file for example {@value #FILE} of a directory
   * @param config the architecture with the map
   * @param plain the parameters without the projection; arrays are shared
   * @return {@code plain} if the map has no parameters; then nothing is read
   * @throws ModelFormatException if the file is missing or malformed, or if parameters are missing,
   *     unexpected, of the wrong shape or not finite
   * @throws IOException if the file cannot be read
   */
  public static Weights read(Path file, TransformerConfig config, Weights plain)
      throws IOException {
    List<Parameter> parameters = parameters(config);
    if (parameters.isEmpty()) {
      return plain;
    }
    Map<String, INDArray> own = new LinkedHashMap<>();
    OpenedResources opened = new OpenedResources();
    try (SafetensorsFile tensors = open(file)) {
      Map<String, String> stored = storedNames(tensors);
      requireNames(file, parameters, stored.keySet());
      for (Parameter parameter : parameters) {
        requireShape(file, parameter, tensors.shape(stored.get(parameter.name())), config);
      }
      for (Parameter parameter : parameters) {
        INDArray array = opened.add(tensors.read(stored.get(parameter.name())));
        requireFinite(file, parameter.name(), array);
        own.put(parameter.name(), array.castTo(plain.type()));
      }
    } catch (IOException | RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
    return joined(config, plain, own);
  }

  /**
   * The map described by a projection's file. Its width is the number of rows of the first linear
   * layer.
   *
   * @throws ModelFormatException if the file is missing, malformed or does not hold a projection
   */
  public static ThoughtMapConfig config(Path file) throws IOException {
    try (SafetensorsFile tensors = open(file)) {
      String first = storedNames(tensors).get(FIRST);
      long[] shape = first == null ? new long[0] : tensors.shape(first);
      if (shape.length != 2 || shape[0] < 1 || shape[0] > Integer.MAX_VALUE) {
        throw problem(
            file,
            "must have the first linear layer of a projection, " + FIRST + " [p, d]",
            first == null ? "no such parameter" : Arrays.toString(shape));
      }
      return ThoughtMapConfig.projection((int) shape[0]);
    }
  }

  /** Our name of a projection's parameter that a file has under CODI's or PCCoT's name. */
  public static String name(String stored, Set<String> allStored) {
    boolean isPccot = allStored.contains("prj.0.weight");
    return isPccot
        ? PCCOT_MODULES.entrySet().stream()
            .filter(module -> stored.startsWith(module.getKey()))
            .map(module -> module.getValue() + stored.substring(module.getKey().length()))
            .findFirst()
            .orElse(stored)
        : stored;
  }

  private static SafetensorsFile open(Path file) throws IOException {
    if (!Presence.isFile(file)) {
      throw new ModelFormatException(
          "A model whose thoughts are projected",
          "must have its projection in " + file,
          "no such file",
          "Copy the file that was saved with the model, or set `thought_map` to identity.");
    }
    return SafetensorsFile.open(file);
  }

  /** Names in the file by our names. */
  private static Map<String, String> storedNames(SafetensorsFile tensors) {
    Map<String, String> names = new LinkedHashMap<>();
    tensors.names().forEach(stored -> names.put(name(stored, tensors.names()), stored));
    return names;
  }

  private static void requireNames(Path file, List<Parameter> parameters, Set<String> found) {
    Set<String> missing = new TreeSet<>();
    parameters.forEach(parameter -> missing.add(parameter.name()));
    Set<String> unexpected = new TreeSet<>(found);
    unexpected.removeAll(missing);
    missing.removeAll(found);
    if (!missing.isEmpty() || !unexpected.isEmpty()) {
      throw problem(
          file,
          "must have exactly the parameters of a projection: two linear layers and a layer norm",
          "missing " + listed(missing) + " and unexpected " + listed(unexpected));
    }
  }

  private static String listed(Set<String> names) {
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  private static void requireShape(
      Path file, Parameter parameter, long[] found, TransformerConfig config) {
    if (!Arrays.equals(found, parameter.shape())) {
      throw problem(
          file,
          "must be a projection of width "
              + config.getThoughtMap().getProjectionWidth()
              + " for hidden states of width "
              + config.getNEmbd()
              + ", with "
              + parameter.name()
              + " "
              + Arrays.toString(parameter.shape()),
          Arrays.toString(found));
    }
  }

  private static void requireFinite(Path file, String name, INDArray array) {
    DataBuffer values = array.data();
    for (long i = 0; i < array.length(); i++) {
      if (!Float.isFinite(values.getFloat(i))) {
        throw problem(file, "must hold finite numbers", values.getFloat(i) + " in " + name);
      }
    }
  }

  private static ModelFormatException problem(Path file, String requirement, Object found) {
    return new ModelFormatException(
        file.toString(), requirement, found, "Use the projection that was saved with this model.");
  }

  /**
   * Writes the projection of a model with values as F32; does nothing if it has none.
   *
   * @param file for example {@value #FILE} of a directory
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, Weights weights) throws IOException {
    Map<String, INDArray> own = new LinkedHashMap<>();
    weights
        .asMap()
        .forEach(
            (name, array) -> {
              if (holds(name)) {
                own.put(name, array.castTo(DataType.FLOAT));
              }
            });
    if (!own.isEmpty()) {
      SafetensorsWriter.write(file, own, Map.of("format", "pt"));
    }
  }
}

package io.github.coconut4j.train;

import io.github.coconut4j.files.Sha256;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Describes class and fields of an updater, a schedule or an objective in one line. Components that
 * compute the same have equal descriptions in every process. Variables captured by an anonymous
 * class count as fields; its outer instance and transient fields are left out.
 */
final class ComponentDescription {

  /** Components that are being described, so that recursive references end. */
  private final Set<Object> open = Collections.newSetFromMap(new IdentityHashMap<>());

  /** The component's description; null for null. */
  static String of(Object component) {
    return component == null ? null : new ComponentDescription().text(component);
  }

  private String text(Object value) {
    if (value == null) {
      return "null";
    }
    Class<?> type = value.getClass();
    if (type.isArray()) {
      return elements(value);
    }
    if (value instanceof INDArray values) {
      return ofArray(values);
    }
    if (type.getModule().isNamed() || value instanceof Enum) {
      return ofLibrary(value);
    }
    if (!open.add(value)) {
      return name(type);
    }
    StringJoiner fields = new StringJoiner(",", name(type) + "[", "]");
    for (Field field : fields(type)) {
      fields.add(field.getName() + "=" + text(get(field, value)));
    }
    open.remove(value);
    return fields.toString();
  }

  /** Type, shape and a checksum of the values, since there may be millions. */
  private static String ofArray(INDArray array) {
    if (array.wasClosed()) {
      return "an array that was closed";
    }
    ByteBuffer bytes = ByteBuffer.allocate(Double.BYTES);
    MessageDigest sum = Sha256.digest();
    INDArray dense = array.dup('c');
    for (long i = 0; i < dense.length(); i++) {
      sum.update(bytes.putDouble(0, dense.data().getDouble(i)).array());
    }
    return array.dataType() + Arrays.toString(array.shape()) + " of sum " + Sha256.text(sum);
  }

  /**
   * The fields of JDK classes are not accessible; if {@code toString} does not show them, only the
   * class is named. Equal sets and maps may list their elements in a different order in each
   * process.
   */
  private String ofLibrary(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> text(entry.getKey()) + "=" + text(entry.getValue()))
          .sorted()
          .collect(Collectors.joining(", ", "{", "}"));
    }
    if (value instanceof Collection<?> elements) {
      Stream<String> texts = elements.stream().map(this::text);
      return (value instanceof Set ? texts.sorted() : texts).toList().toString();
    }
    if (value instanceof Optional<?> optional) {
      return "Optional[" + text(optional.orElse(null)) + "]";
    }
    String text = String.valueOf(value);
    String identity = value.getClass().getName() + "@";
    return text.startsWith(identity) ? value.getClass().getName() : text;
  }

  private String elements(Object array) {
    List<String> elements = new ArrayList<>();
    for (int i = 0; i < Array.getLength(array); i++) {
      elements.add(text(Array.get(array, i)));
    }
    return elements.toString();
  }

  /** A lambda's class name has a number that differs between processes. */
  private static String name(Class<?> type) {
    return type.getName().replaceFirst("\\$\\$Lambda.*", "\\$\\$Lambda");
  }

  private static List<Field> fields(Class<?> type) {
    List<Field> fields = new ArrayList<>();
    for (Class<?> c = type; c != null && !c.getModule().isNamed(); c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())
            && !Modifier.isTransient(field.getModifiers())
            && !field.getName().startsWith("this$")) {
          fields.add(field);
        }
      }
    }
    return fields;
  }

  private static Object get(Field field, Object owner) {
    field.setAccessible(true);
    try {
      return field.get(owner);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(field + " was made accessible and is not", e);
    }
  }
}

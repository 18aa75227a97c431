package io.github.coconut4j.train;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Class and fields of an updater or a schedule in one line, equal where they compute the same. What
 * an anonymous class has captured is a field too.
 */
final class ComponentDescription {

  /** Components that are being described, so that one that holds itself comes to an end. */
  private final Set<Object> open = Collections.newSetFromMap(new IdentityHashMap<>());

  /** The component's description; null where a run has none of its own. */
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

  /** The fields of the JDK's classes are closed; those that say nothing of them are named alone. */
  private static String ofLibrary(Object value) {
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

  /** A lambda's class has another number in every process. */
  private static String name(Class<?> type) {
    return type.getName().replaceFirst("\\$\\$Lambda.*", "\\$\\$Lambda");
  }

  private static List<Field> fields(Class<?> type) {
    List<Field> fields = new ArrayList<>();
    for (Class<?> c = type; c != null && !c.getModule().isNamed(); c = c.getSuperclass()) {
      for (Field field : c.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers()) && !field.getName().startsWith("this$")) {
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

package io.github.coconut4j.examples;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** What answers some calls of an interface in place of the object that answers the others. */
interface Interception {

  /** The answer that leaves a call to the object. */
  Object NONE = new Object();

  Object call(Method method, Object[] arguments);

  static <T> T of(Class<T> type, T target, Interception interception) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              Object answer = interception.call(method, arguments);
              return answer == NONE ? invoke(target, method, arguments) : answer;
            }));
  }

  private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}

package dev.litebert.engine.tflite;

import dev.litebert.engine.Tensor;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.TfLiteIntArray;
import org.bytedeco.tensorflowlite.TfLiteTensor;

/**
 * A tensor of a signature in native memory, whose address is valid until the signature's tensors
 * are allocated again or it runs again.
 */
final class NativeTensor {
  // Of tensorflow/lite/core/c/c_api_types.h, by their numbers.
  private static final String[] TYPES = {
    "none",
    "float32",
    "int32",
    "uint8",
    "int64",
    "object",
    "bool",
    "int16",
    "complex64",
    "int8",
    "float16",
    "float64",
    "complex128",
    "uint64",
    "object",
    "object",
    "uint32",
    "uint16",
  };
  private static final int FLOAT32 = 1;
  private static final int INT32 = 2;
  private static final int INT64 = 4;
  private static final int DYNAMIC = 4; // TfLiteAllocationType: allocated while it runs

  private final String name;
  private int type;
  private int[] shape;
  private long bytes;
  private boolean dynamic;
  private LongPointer where; // of the field that holds the address of the numbers
  private long address;
  private Pointer data;

  NativeTensor(String name) {
    this.name = name;
  }

  /** Reads all facts again, after an allocation. */
  void refresh(TfLiteTensor tensor) {
    TfLiteIntArray dims = tensor.dims();
    shape = new int[dims == null ? 0 : dims.size()];
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = dims.data(axis);
    }
    type = tensor.type();
    bytes = tensor.bytes();
    dynamic = tensor.allocation_type() == DYNAMIC;
    where = new LongPointer(tensor.data());
    address = 0;
  }

  String name() {
    return name;
  }

  int[] shape() {
    return shape;
  }

  /** Whether its shape and address are known only after a run. */
  boolean dynamic() {
    return dynamic;
  }

  /** The type's name in numpy. */
  String type() {
    return type >= 0 && type < TYPES.length ? TYPES[type] : "object";
  }

  /** Writes int32 numbers; of another type or number, a reason why it cannot. */
  String write(int[] values) {
    if (type != INT32 || bytes != 4L * values.length || !located()) {
      return unfit("int32", new int[] {1, values.length});
    }
    ((IntPointer) data).put(values, 0, values.length);
    return null;
  }

  /** Copies another tensor's numbers within native memory; null, or the reason why it cannot. */
  String write(NativeTensor other) {
    if (type != other.type || bytes != other.bytes || !located() || !other.located()) {
      return unfit(other.type(), other.shape);
    }
    Pointer.memcpy(data, other.data, bytes);
    return null;
  }

  /** A copy in Java. */
  Tensor read() {
    int length = 1;
    for (int size : shape) {
      length *= size;
    }
    if (type == FLOAT32 && bytes == 4L * length && located()) {
      float[] floats = new float[length];
      ((FloatPointer) data).get(floats, 0, length);
      return Tensor.ofFloats(shape.clone(), floats);
    }
    if (type == INT64 && bytes == 8L * length && located()) {
      long[] longs = new long[length];
      ((LongPointer) data).get(longs, 0, length);
      return Tensor.ofLongs(shape.clone(), longs);
    }
    return Tensor.ofOther(type(), shape.clone());
  }

  /** Makes `data` point to the numbers, which move where tensors are allocated while it runs. */
  private boolean located() {
    long now = where.get();
    if (now == 0) {
      return false;
    }
    if (now != address) {
      address = now;
      Pointer start = new At(now);
      data =
          type == INT32
              ? new IntPointer(start)
              : type == INT64 ? new LongPointer(start) : new FloatPointer(start);
    }
    return true;
  }

  private String unfit(String otherType, int[] otherShape) {
    return "input "
        + name
        + " is "
        + type()
        + Arrays.toString(shape)
        + ", but gets "
        + otherType
        + Arrays.toString(otherShape);
  }

  /** An address in native memory. */
  private static final class At extends Pointer {
    private static final long serialVersionUID = 1L;

    At(long address) {
      this.address = address;
    }
  }
}

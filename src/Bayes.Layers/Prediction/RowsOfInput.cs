using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Describes the rows of a prediction at the entry to a part of the network.</summary>
/// <param name="Rows">B, the number of rows.</param>
/// <param name="RowShape">The shape of one row.</param>
/// <param name="Type">The element type.</param>
/// <param name="Device">The kind of device.</param>
internal readonly record struct RowsOfInput(long Rows, long[] RowShape, ScalarType Type, TorchSharp.DeviceType Device)
{
    /// <summary>Describes the rows of <c>[B, …]</c>.</summary>
    public static RowsOfInput Of(Tensor input) => new(input.shape[0], input.shape[1..], input.dtype, input.device_type);
}

using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>What a prediction's rows are like, where they enter a part of the network.</summary>
/// <param name="Rows">B, how many there are.</param>
/// <param name="RowShape">The shape of one of them.</param>
/// <param name="Type">The element type.</param>
/// <param name="Device">The kind of device that they are on.</param>
internal readonly record struct RowsOfInput(long Rows, long[] RowShape, ScalarType Type, TorchSharp.DeviceType Device)
{
    /// <summary>Those of <c>[B, …]</c>.</summary>
    public static RowsOfInput Of(Tensor input) => new(input.shape[0], input.shape[1..], input.dtype, input.device_type);
}

using Bayes.Layers.Maps;

namespace Bayes.Layers.Tests.Maps;

/// <summary>Convolutions of few channels are right in single precision on every processor (decision 33).</summary>
public sealed class NativeConvolutionsTests : TorchTest
{
    public static TheoryData<long, long, long> Shapes => new() { { 2, 3, 2 }, { 3, 3, 3 }, { 1, 8, 3 }, { 5, 2, 2 }, { 16, 16, 3 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Outputs_and_gradients_in_single_precision_match_double(long inputs, long outputs, long kernel)
    {
        SpatialMap[] maps =
        [
            new ConvolutionMap(inputs, outputs, new ConvolutionGeometry([kernel, kernel], [1, 1], [0, 0], [1, 1])),
            new TransposedConvolutionMap(inputs, outputs, new ConvolutionGeometry([kernel, kernel], [1, 1], [0, 0], [1, 1]), [0, 0]),
        ];
        foreach (var map in maps)
            foreach (long rows in new[] { 1L, 2, 7 })
            {
                Tensor input = Normal(1, rows, inputs, 6, 6), weights = Normal([2, .. map.WeightShape]), biases = Normal([2, .. map.BiasShape]);
                var (output, gradients) = Pass(float64);
                var (found, foundGradients) = Pass(float32);
                ShouldBeClose(found, output, 1e-4, $"{map} of {rows} rows");
                foreach (var (gradient, expected) in foundGradients.Zip(gradients))
                    ShouldBeClose(gradient, expected, 1e-4, $"gradient of {map} of {rows} rows");

                (Tensor, Tensor[]) Pass(ScalarType dtype)
                {
                    Tensor[] leaves = [.. new[] { input, weights, biases }.Select(each => each.to(dtype, copy: true).requires_grad_(true))];
                    var result = map.ApplyPerDraw(leaves[0], leaves[1], leaves[2]);
                    result.sin().sum().backward();
                    return (result.detach(), [.. leaves.Select(leaf => leaf.grad!)]);
                }
            }
    }
}

using Bayes.Layers.Modules;
using Bayes.Layers.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>The kinds of layers whose weights can get a Laplace approximation.</summary>
internal static class LayerCaptures
{
    private delegate LayerCapture Make(string path, nn.Module layer, Func<string, NetworkParameter?> parameterOf);

    // A new kind of layer is an entry here.
    private static readonly Dictionary<Type, Make> Kinds = new()
    {
        [typeof(Linear)] = (path, layer, parameterOf) => new LinearCapture(path, (Linear)layer, parameterOf),
        [typeof(Conv1d)] = Convolution,
        [typeof(Conv2d)] = Convolution,
        [typeof(Conv3d)] = Convolution,
        [typeof(ConvTranspose1d)] = TransposedConvolution,
        [typeof(ConvTranspose2d)] = TransposedConvolution,
        [typeof(ConvTranspose3d)] = TransposedConvolution,
        [typeof(Embedding)] = (path, layer, parameterOf) => new EmbeddingCapture(path, (Embedding)layer, parameterOf),
        [typeof(LSTM)] = (path, layer, parameterOf) => new RecurrentCapture(path, layer, parameterOf),
        [typeof(GRU)] = (path, layer, parameterOf) => new RecurrentCapture(path, layer, parameterOf),
    };

    private static ConvolutionCapture Convolution(string path, nn.Module layer, Func<string, NetworkParameter?> parameterOf) =>
        new(path, (Convolution)layer, parameterOf);

    private static TransposedConvolutionCapture TransposedConvolution(
        string path, nn.Module layer, Func<string, NetworkParameter?> parameterOf) => new(path, (Convolution)layer, parameterOf);

    /// <summary>Returns the capture of the layers at given paths.</summary>
    /// <param name="network">The network.</param>
    /// <param name="paths">The paths of modules with parameters of their own.</param>
    /// <exception cref="NotSupportedException">A module is of a kind that is not known, or shares a parameter with another one.</exception>
    public static IReadOnlyList<LayerCapture> Of(nn.Module network, IReadOnlyList<string> paths)
    {
        var parameters = NetworkParameter.Of(network);
        var modules = network.named_modules().ToDictionary(each => each.name, each => each.module);
        modules.TryAdd("", network);
        return [.. paths.Select(Of)];

        LayerCapture Of(string path)
        {
            var module = modules[path];
            if (!Kinds.TryGetValue(module.GetType(), out var make))
                throw new NotSupportedException(
                    $"'{path}' is a {module.GetType().Name}, whose weights cannot get a Laplace approximation; expected one of "
                    + $"{string.Join(", ", Kinds.Keys.Select(kind => kind.Name).Order())}: choose other layers by LaplaceOptions.Paths.");
            try
            {
                return make(path, module, ParameterOf);
            }
            catch (ArgumentException exception)
            {
                throw new NotSupportedException($"'{path}' cannot get a Laplace approximation: {exception.Message}", exception);
            }

            NetworkParameter? ParameterOf(string name)
            {
                var own = module.get_parameter(name);
                if (own is null || own.IsInvalid)
                    return null;
                var identity = ParameterIdentity.Of(own);
                var found = parameters.First(each => ParameterIdentity.Of(each.Value).Equals(identity));
                string expected = path.Length == 0 ? name : $"{path}.{name}";
                bool isShared = network.modules().Distinct<nn.Module>(ReferenceEqualityComparer.Instance).Count(each =>
                    each.parameters(recurse: false).Any(parameter => ParameterIdentity.Of(parameter).Equals(identity))) > 1;
                return !isShared ? found : throw new NotSupportedException(
                    $"'{expected}' is shared by several modules, the first of which has it as '{found.Name}'; expected layers with weights of "
                    + "their own: choose others by LaplaceOptions.Paths.");
            }
        }
    }
}

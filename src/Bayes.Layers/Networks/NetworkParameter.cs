using Bayes.Layers.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>A parameter of a network: an object, or several ones that share their memory.</summary>
/// <param name="Name">Its first path, as in <c>state_dict</c>.</param>
/// <param name="Owner">The deepest module on the path that TorchSharp lists.</param>
/// <param name="OwnerPath">The path of that module.</param>
/// <param name="Objects">The objects, in the order of their paths; the first one is the posterior's mean.</param>
internal sealed record NetworkParameter(string Name, nn.Module Owner, string OwnerPath, IReadOnlyList<Parameter> Objects)
{
    /// <summary>Gets the parameter.</summary>
    public Parameter Value => Objects[0];

    /// <summary>Gets the name in its owner. It has dots if the owner is native and hides the modules inside.</summary>
    public string OwnName => OwnerPath.Length == 0 ? Name : Name[(OwnerPath.Length + 1)..];

    /// <summary>Gets the last part of the name.</summary>
    public string LastName => Name[(Name.LastIndexOf('.') + 1)..];

    /// <summary>Gets whether this is a bias, by its name, as in <c>bias</c>, <c>in_proj_bias</c> and <c>bias_hh_l0</c>.</summary>
    public bool IsBias => Value.ndim <= 1 && LastName.Contains("bias", StringComparison.Ordinal);

    /// <summary>Gets whether it belongs to a normalization or an activation, whose few parameters stay plain.</summary>
    public bool StaysPlain => KnownModules.Is(ModuleTraits.StaysPlain, Owner)
        || OwnName.Split('.') is [.., var part, _] && part.StartsWith("norm", StringComparison.Ordinal);

    /// <summary>
    /// Gets whether its owner reads it through the object, and not through native code of its own that holds another reference. TorchSharp's modules
    /// without a row in the table count as native.
    /// </summary>
    public bool IsReadByObject => Owner.GetType().Assembly != typeof(Sequential).Assembly
        || KnownModules.IsKnown(Owner) && !KnownModules.Is(ModuleTraits.NativeParameters, Owner);

    /// <summary>Returns the parameters of a network, each once under its first path.</summary>
    public static IReadOnlyList<NetworkParameter> Of(nn.Module network)
    {
        var modules = new Dictionary<string, nn.Module> { [""] = network };
        foreach (var (path, module) in network.named_modules())
            modules.TryAdd(path, module);
        var found = new Dictionary<ParameterIdentity, (string Name, List<Parameter> Objects)>();
        foreach (var (name, parameter) in network.named_parameters())
            if (found.TryGetValue(ParameterIdentity.Of(parameter), out var known))
            {
                if (!known.Objects.Any(each => ReferenceEquals(each, parameter)))
                    known.Objects.Add(parameter);
            }
            else
                found.Add(ParameterIdentity.Of(parameter), (name, [parameter]));
        return [.. found.Values.Select(each => Located(each.Name, each.Objects))];

        NetworkParameter Located(string name, IReadOnlyList<Parameter> objects)
        {
            string path = name;
            do
                path = path.LastIndexOf('.') is > 0 and var dot ? path[..dot] : "";
            while (!modules.ContainsKey(path));
            return new NetworkParameter(name, modules[path], path, objects);
        }
    }
}

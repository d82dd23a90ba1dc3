namespace Bayes.Layers.Service;

/// <summary>Runs the service from its command line.</summary>
internal static class ServiceProgram
{
    /// <summary>Serves until the process is told to stop, or makes a model to try the service with.</summary>
    /// <returns>The exit code: 0, or 1 if the service could not start.</returns>
    public static async Task<int> Run(string[] args)
    {
        try
        {
            if (args is ["demo", .. var rest])
            {
                Console.WriteLine(DemoModel.Make(rest));
                return 0;
            }
            await using var service = ServiceApplication.Create(args);
            await service.RunAsync();
            return 0;
        }
        catch (Exception exception) when (exception is CannotStartException or IOException)
        {
            // An address in use is an IOException of Kestrel's.
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}

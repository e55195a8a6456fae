//! The names of the fields, in the bank's spelling.
//!
//! Sources: the bank's `PrestaShop` module 1.1.1 and manual 8.9 (forms), django-virtual-pos 1.7.1 (notifications),
//! `active_merchant`'s `cecabank_json` (REST).

/// Forms, notifications and refunds.
pub(crate) mod form {
    pub(crate) const ACQUIRER_BIN: &str = "AcquirerBIN";
    pub(crate) const ACS_DATA: &str = "datos_acs_20";
    pub(crate) const ACS_SIGNATURE: &str = "firma_acs_20";
    pub(crate) const AMOUNT: &str = "Importe";
    pub(crate) const AUTHORIZATION: &str = "Num_aut";
    pub(crate) const CHOSEN: &str = "Pago_elegido";
    pub(crate) const CIPHER: &str = "Cifrado";
    pub(crate) const CURRENCY: &str = "TipoMoneda";
    pub(crate) const CVV: &str = "CVV2";
    pub(crate) const DESCRIPTION: &str = "Descripcion";
    pub(crate) const EMAIL: &str = "Email";
    pub(crate) const EXPIRY: &str = "Caducidad";
    pub(crate) const EXPONENT: &str = "Exponente";
    pub(crate) const LANGUAGE: &str = "Idioma";
    pub(crate) const MERCHANT_ID: &str = "MerchantID";
    pub(crate) const NAME: &str = "Nombre";
    pub(crate) const NUMBER: &str = "Num_operacion";
    pub(crate) const OPERATION_DATA: &str = "Datos_operaciones";
    pub(crate) const OPERATION_TYPE: &str = "Tipo_operacion";
    pub(crate) const PAGE: &str = "Pagina";
    pub(crate) const PAN: &str = "PAN";
    pub(crate) const PARTIAL: &str = "TIPO_ANU";
    pub(crate) const PAY_UNTIL: &str = "fechaTope";
    pub(crate) const REFERENCE: &str = "Referencia";
    pub(crate) const SCA_EXEMPTION: &str = "Exencion_SCA";
    pub(crate) const SIGNATURE: &str = "Firma";
    pub(crate) const SUPPORTED: &str = "Pago_soportado";
    pub(crate) const TERMINAL_ID: &str = "TerminalID";
    pub(crate) const URL_NOK: &str = "URL_NOK";
    pub(crate) const URL_OK: &str = "URL_OK";
    pub(crate) const VERSION: &str = "versionMod";
}

/// Values with a meaning of their own.
pub(crate) mod value {
    /// `Exponente`: always two decimals.
    pub(crate) const EXPONENT: &str = "2";
    /// `Idioma` of what no buyer reads: Spanish.
    pub(crate) const SPANISH: &str = "1";
    /// `Pago_soportado` and `Pago_elegido`: a card.
    pub(crate) const SSL: &str = "SSL";
    /// `TIPO_ANU`: a part of the payment.
    pub(crate) const PARTIAL: &str = "P";
    /// `Pagina`: the answer shall be XML.
    pub(crate) const XML_PAGE: &str = "anulacion_xml";
}

/// `accion` of REST, and the process that takes it.
pub(crate) mod rest_action {
    #[cfg(feature = "pci")]
    pub(crate) const CHARGE: (&str, &str) = ("REST_AUTORIZACION", "compra");
    #[cfg(feature = "pci")]
    pub(crate) const HOLD: (&str, &str) = ("REST_PREAUTORIZACION", "compra");
    pub(crate) const CAPTURE: (&str, &str) = ("REST_COBRO_PREAUTORIZACION", "compra");
    pub(crate) const REFUND: (&str, &str) = ("REST_DEVOLUCION", "anulacion");
    pub(crate) const VOID: (&str, &str) = ("REST_ANULACION", "anulacion");
}

/// REST: the envelope, and the members of `parametros`.
pub(crate) mod rest {
    pub(crate) const ACQUIRER_BIN: &str = "acquirerBIN";
    pub(crate) const ACTION: &str = "accion";
    pub(crate) const AMOUNT: &str = "importe";
    pub(crate) const AUTHORIZATION: &str = "numAut";
    pub(crate) const CIPHER: &str = "cifrado";
    pub(crate) const CODE: &str = "codAut";
    pub(crate) const CURRENCY: &str = "tipoMoneda";
    pub(crate) const ERROR_CODE: &str = "codResult";
    pub(crate) const EXPONENT: &str = "exponente";
    pub(crate) const INPUT_ERROR: &str = "paramsEntradaError";
    pub(crate) const MERCHANT_ID: &str = "merchantID";
    pub(crate) const NETWORK_ID: &str = "mmppTxId";
    pub(crate) const NUMBER: &str = "numOperacion";
    pub(crate) const OPERATION_TYPE: &str = "tipoOperacion";
    pub(crate) const PARAMETERS: &str = "parametros";
    pub(crate) const REFERENCE: &str = "referencia";
    pub(crate) const SIGNATURE: &str = "firma";
    pub(crate) const TERMINAL_ID: &str = "terminalID";
}

/// The XML answer to a refund.
pub(crate) mod xml {
    pub(crate) const AMOUNT: &str = "importe";
    pub(crate) const AUTHORIZATION: &str = "numeroAutorizacion";
    pub(crate) const CODE: &str = "codigo";
    pub(crate) const DESCRIPTION: &str = "descripcion";
    pub(crate) const ERROR: &str = "ERROR";
    pub(crate) const NUMBER: &str = "numeroOperacion";
    pub(crate) const OPERATION: &str = "OPERACION";
    pub(crate) const REFERENCE: &str = "referencia";
    pub(crate) const TRANSACTION: &str = "TRANSACCION";
    pub(crate) const TYPE: &str = "tipo";
    pub(crate) const VALUE: &str = "valor";
}
